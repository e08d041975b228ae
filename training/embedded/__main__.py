"""The whole recipe: `python -m training.embedded`."""

import sys

from training.embedded.recipe import main

sys.exit(main())
