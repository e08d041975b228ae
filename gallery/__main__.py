"""`python -m gallery`: the gallery of one's own event, and its commands."""

import os
import sys

# The jury's ranking solves many small systems: two threads take three times as long as one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from gallery.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
