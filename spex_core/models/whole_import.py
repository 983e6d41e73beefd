"""A library as it is when its import is over, whichever thread began to import it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def whole(name: str) -> Any:
    """The module `name`, for libraries that put another object in their own place while they are imported.

    transformers does. A thread that comes to `import transformers` while another is in the middle of its first import
    waits for it, and is then handed the object it saw before waiting, on which most names are missing: two people who
    open the first page of a fresh app are enough. What stands in `sys.modules` after waiting is the right one.
    """
    import_module(name)
    return sys.modules[name]
