"""`python -m spex_core.coding.compiled` compiles the decoder where that has not been done."""

import sys

from spex_core.coding.compiled import warm

sys.exit(0 if warm() else 1)
