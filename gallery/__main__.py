"""`python -m gallery`: the gallery of one's own event, and its commands."""

import sys

from gallery.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
