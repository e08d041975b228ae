"""`python -m inference generate "a blue teapot" --control canny=photo.png --out teapot.png`."""

import sys

from inference.cli import main
from inference.program_cache import remember_compilations

if __name__ == "__main__":
    remember_compilations()
    sys.exit(main(sys.argv[1:]))
