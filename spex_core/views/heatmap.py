"""The input itself as a heatmap: one signed effect per feature and the text around the features."""

from __future__ import annotations

import math
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.views.shown import Shown


def tint(value: float, largest: float) -> float:
    """Signed colour strength in [-1, 1]: square-root scaled, so that small effects stay visible; 0 at 0."""
    if largest <= 0 or not math.isfinite(largest):
        return 0.0
    return math.copysign(math.sqrt(min(1.0, abs(value) / largest)), value) if value else 0.0


def tints(shown: Shown, largest: float) -> list[float]:
    """`tint` of each single feature (n), signed by which way keeping it pushes the output."""
    return [shown.push(value, 1) * abs(tint(value, largest)) for value in shown.singles]


def gaps(explanation: Explanation) -> list[str]:
    """The text before each feature and after the last: n + 1 strings.

    ``gaps[0] + text[0] + gaps[1] + ... + gaps[n]`` is the input, character by character. Without a source
    text the features are separated by single spaces. Around patches there is nothing; what follows them is the
    question about the picture.
    """
    source = explanation.source
    if isinstance(source, PictureSource):
        edges = [0, *[edge for span in source.spans for edge in span], len(source.question)]
        asked = [source.question[start:end] for start, end in zip(edges[0::2], edges[1::2], strict=True)]
        return [""] * source.patches + asked
    if not isinstance(source, TextSource):
        return ["", *[" "] * (explanation.n_features - 1), ""]
    edges = [0, *[edge for span in source.spans for edge in span], len(source.text)]
    return [source.text[start:end] for start, end in zip(edges[0::2], edges[1::2], strict=True)]


def texts(explanation: Explanation) -> list[str]:
    """The exact text of each feature as it stands in the input, its label where the input is no text: n strings."""
    source = explanation.source
    if not isinstance(source, TextSource):
        return list(explanation.features)
    return [source.text[start:end] for start, end in source.spans]


def heatmap(shown: Shown) -> dict[str, Any]:
    """Plain data of the heatmap.

    Returns:
        ``index`` (see `Shown.single_index`), ``texts`` (n), ``gaps`` (n + 1), ``values`` (n), ``tints`` (n in [-1, 1],
        positive where keeping the feature raises the output), ``largest`` (the value that has tint 1).
    """
    explanation, values = shown.explanation, shown.singles
    largest = max((abs(value) for value in values), default=0.0)
    return {
        "index": shown.single_index,
        "texts": texts(explanation),
        "gaps": gaps(explanation),
        "values": values,
        "tints": tints(shown, largest),
        "largest": largest,
    }
