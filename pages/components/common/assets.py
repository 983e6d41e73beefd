"""The JavaScript and CSS of the browser components."""

from __future__ import annotations

from spex_core.plugins import ASSETS

_FOLDER = ASSETS / "web"


def joined(*names: str) -> str:
    """Files of the assets folder in this order, as one module or one style sheet."""
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)
