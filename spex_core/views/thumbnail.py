"""A result as a picture of a thumb's size, for a gallery: plain data of it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.inputs.pictures import open_picture
from spex_core.views.heatmap import heatmap
from spex_core.views.orientation import oriented
from spex_core.views.shown import Shown

WORDS = 18
"""Most words of a text that are written; a longer text is drawn as one bar for each of its features."""
_WIDTH = 96  # pixels of the picture


def thumbnail(explanation: Explanation, compared: bool = False) -> dict[str, Any]:
    """What is drawn: strengths are the heatmap's, signed, in [-1, 1].

    Args:
        explanation: the result.
        compared: whether it is beside another one, where signs go by the model's scale and not by its answer.

    Returns:
        ``words``: [text, strength] of each word of a short text, or of the words around the strongest of a longer one;
        or ``bars``: [share of the text, strength] of each feature where they are passages;
        or ``patches``: [x, y, width, height, strength] in shares of the picture, none where it was cut into segments,
        with ``picture``, its address, and ``shape``, its width by its height.
    """
    heat = heatmap(Shown(explanation if compared else oriented(explanation), "BII", None))
    source = explanation.source
    if isinstance(source, PictureSource):
        return _patches(source, heat["tints"])
    texts = [" ".join(text.split()) for text in heat["texts"]]
    if source is not None and source.unit in ("sentence", "line", "paragraph"):
        whole = sum(map(len, texts)) or 1
        return {
            "bars": [
                [round(len(text) / whole, 4), round(tint, 2)] for text, tint in zip(texts, heat["tints"], strict=True)
            ]
        }
    return {"words": [[texts[at], round(heat["tints"][at], 2)] for at in _strongest_window(heat["tints"])]}


def _strongest_window(tints: list[float]) -> range:
    """The run of WORDS features that holds the most colour."""
    last = max(0, len(tints) - WORDS)
    start = max(range(last + 1), key=lambda at: sum(abs(tint) for tint in tints[at : at + WORDS]))
    return range(start, min(len(tints), start + WORDS))


def _patches(source: PictureSource, tints: list[float]) -> dict[str, Any]:
    columns, rows = source.grid or (1, 0)
    width, height = 1 / columns, 1 / (rows or 1)
    boxes = [
        [round(at % columns * width, 4), round(at // columns * height, 4), round(width, 4), round(height, 4)]
        for at in range(columns * rows)
    ]
    image = open_picture(source.picture).image
    image.thumbnail((_WIDTH, _WIDTH))
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return {
        "patches": [[*box, round(tints[at], 2)] for at, box in enumerate(boxes)],
        "picture": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode(),
        "shape": round(image.width / image.height, 4),
    }
