"""The input as something to mark: its words or patches in reading order, plain data for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.views.display_copy import display_copy
from spex_core.views.heatmap import gaps, texts
from spex_core.views.labels import unit_noun
from spex_core.views.patches import names, pieces


def marking(explanation: Explanation, marked: Sequence[int], generation: int) -> dict[str, Any]:
    """Plain data of the input to mark.

    Args:
        explanation: whose input it is.
        marked: positions that are marked already.
        generation: grows when marks come from elsewhere than from a click, so that the browser takes them over.

    Returns:
        ``texts`` and ``names`` (n), ``gaps`` (n + 1), ``marks``, ``generation``, ``unit``; ``picture`` (None where the
        input is none): ``image``, ``width``, ``height``, ``columns`` and ``rows`` or ``segments``, ``patches``.
    """
    source = explanation.source
    picture = None
    if isinstance(source, PictureSource):
        copy = display_copy(source.picture)
        picture = {
            "image": copy.uri,
            "width": copy.width,
            "height": copy.height,
            **pieces(source),
            "patches": source.patches,
        }
    return {
        "texts": texts(explanation),
        "names": names(explanation),
        "gaps": gaps(explanation),
        "marks": [int(feature) for feature in marked],
        "generation": generation,
        "unit": unit_noun(getattr(source, "unit", None), 2),
        "picture": picture,
    }
