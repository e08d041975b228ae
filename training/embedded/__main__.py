"""The whole recipe: `python -m training.embedded`."""

import sys

from training.embedded.recipe import main

if __name__ == "__main__":
    sys.exit(main())
