"""The explorer's own JavaScript and CSS: the app mounts them, a report carries them."""

from __future__ import annotations

from spex_core.plugins import ASSETS

SCRIPTS = (
    "explorer/util.js",
    "explorer/state.js",
    "explorer/drawing.js",
    "explorer/saving.js",
    "explorer/answer.js",
    "explorer/heatmap.js",
    "explorer/patches.js",
    "explorer/cutouts.js",
    "explorer/table.js",
    "explorer/tryit.js",
    "explorer/scoresheet.js",
    "explorer/graph.js",
    "explorer/matrix.js",
    "explorer/energy.js",
    "explorer/sections.js",
    "explorer/main.js",
)
STYLES = (
    "explorer/base.css",
    "explorer/input.css",
    "explorer/patches.css",
    "explorer/pictures.css",
    "explorer/saving.css",
)


def joined(*names: str) -> str:
    """Files of the assets folder in this order, as one module or one style sheet.

    Raises:
        OSError: the library was installed without its assets.
    """
    return "\n".join((ASSETS / "web" / name).read_text("utf-8") for name in names)
