"""`python -m inference generate "a blue teapot" --control canny=photo.png --out teapot.png`."""

import sys

from inference.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
