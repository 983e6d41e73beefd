"""``python -m spex_core``: the command line."""

import sys

from spex_core.cli import main

sys.exit(main())
