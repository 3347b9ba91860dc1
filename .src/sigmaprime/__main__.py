"""`python -m sigmaprime` is the command `sigmaprime`."""

import sys

from sigmaprime.render.cli import main

if __name__ == "__main__":
    sys.exit(main())
