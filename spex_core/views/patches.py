"""Pictures in words and numbers: what patches and segments are called and how much each one matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.inputs import pictures
from spex_core.inputs.segments import segment_name
from spex_core.views.display_copy import display_copy
from spex_core.views.heatmap import texts, tint
from spex_core.views.labels import bare, occurrences, short, subscript, unit_noun
from spex_core.views.outlines import outlines


def patch_name(position: int, columns: int) -> str:
    """Row letter and column number of the patch at a position of a grid: "A1" is the top left one."""
    return pictures.patch_name(*divmod(position, columns))


def is_patch(explanation: Explanation, feature: int) -> bool:
    """Whether a feature is a piece of a picture (not a word, and not a feature of a text)."""
    source = explanation.source
    return isinstance(source, PictureSource) and feature < source.patches


def asks_words(explanation: Explanation) -> bool:
    """Whether the words of the question about a picture are features too."""
    source = explanation.source
    return isinstance(source, PictureSource) and explanation.n_features > source.patches


def names(explanation: Explanation) -> list[str]:
    """What each feature is called in lists: its label without the punctuation that sticks to it, "B3" or "S12" for a
    piece of a picture, a quoted word for one of a question."""
    source = explanation.source
    if not isinstance(source, PictureSource):
        return [short(bare(label.strip())) for label in explanation.features]
    words = [f"“{bare(short(text))}”" for text in texts(explanation)[source.patches :]]
    return [piece_name(source, at) for at in range(source.patches)] + words


def piece_name(source: PictureSource, position: int) -> str:
    """What the patch or segment at a position is called: "B3", "S12"."""
    return segment_name(position) if source.grid is None else patch_name(position, source.grid[0])


def feature_noun(explanation: Explanation, count: int = 1) -> str:
    """What `count` features are called: "word", "patches", "segments and words"."""
    unit = unit_noun(explanation.source.unit if explanation.source else None, count)
    if not asks_words(explanation):
        return unit
    return f"{unit} {'or' if count == 1 else 'and'} {unit_noun('word', count)}"


def influence(explanation: Explanation) -> list[float]:
    """How far the output moves when one feature alone is switched: n floats >= 0, in the output's unit.

    The root mean square of ``f(m with i) - f(m without i)`` over uniform masks, which is
    ``2 sqrt(sum of F(S)² over all S that contain i)``: every interaction counts, and no two effects of opposite
    sign cancel (the square root of Sobol's total index, times 2). Where nothing interacts, it is the size of the
    effect.
    """
    squares = [0.0] * explanation.n_features
    spectrum = explanation.spectrum
    for support, coefficient in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True):
        for feature in support:
            squares[feature] += coefficient**2
    return [2.0 * math.sqrt(square) for square in squares]


def merged(positions: Sequence[int], columns: int) -> list[tuple[str, tuple[int, ...]]]:
    """Names of patches of a grid with neighbours merged: ``(name, members)``, every position in exactly one of them.

    A full rectangle is one entry ("A7–B8 (2×2)", columns first), and so are three or more in a row ("A2–A5") or
    in a column; the others stand alone.
    """
    cells = sorted(positions)
    if len(cells) > 2 and _is_rectangle(cells, columns):
        wide, tall = len({cell % columns for cell in cells}), len({cell // columns for cell in cells})
        size = f" ({wide}×{tall})" if min(wide, tall) > 1 else ""
        return [(f"{patch_name(cells[0], columns)}–{patch_name(cells[-1], columns)}{size}", tuple(cells))]
    runs: list[list[int]] = []
    for cell in cells:
        if runs and cell == runs[-1][-1] + 1 and cell % columns:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    pieces = [part for run in runs for part in ([run] if len(run) > 2 else [[cell] for cell in run])]
    return [
        (patch_name(part[0], columns) + (f"–{patch_name(part[-1], columns)}" if part[1:] else ""), tuple(part))
        for part in pieces
    ]


def _is_rectangle(cells: Sequence[int], columns: int) -> bool:
    rows, sides = {cell // columns for cell in cells}, {cell % columns for cell in cells}
    full = len(cells) == len(rows) * len(sides)
    return full and max(rows) - min(rows) == len(rows) - 1 and max(sides) - min(sides) == len(sides) - 1


def picture(explanation: Explanation) -> dict[str, Any] | None:
    """Plain data of a picture and what it is cut into, None where the input is no picture.

    Returns:
        ``image`` (data URI of a copy for the screen), ``width`` and ``height`` (pixels of the original), ``drawn``
        (few colours: pixels may be shown as they are), ``columns`` and ``rows`` of the grid, or ``segments`` instead of
        both (see `outlines`), ``patches`` (how many of either), ``masking``, ``question``, ``words`` (whether its words
        are features), ``influence`` (n, see `influence`), ``shades`` (n in [0, 1]).
    """
    source = explanation.source
    if not isinstance(source, PictureSource):
        return None
    copy = display_copy(source.picture)
    moved = influence(explanation)
    largest = max(moved, default=0.0)
    return {
        "image": copy.uri,
        "width": copy.width,
        "height": copy.height,
        "drawn": copy.drawn,
        **pieces(source),
        "patches": source.patches,
        "masking": source.masking,
        "question": source.question,
        "words": asks_words(explanation),
        "influence": moved,
        "shades": [tint(value, largest) for value in moved],
    }


def pieces(source: PictureSource) -> dict[str, Any]:
    """``columns`` and ``rows`` of a grid, else ``segments``: see `outlines`."""
    if source.segments is not None:
        return {"segments": outlines(source.segments)}
    columns, rows = source.grid or (1, 1)
    return {"columns": columns, "rows": rows}


def quoted(explanation: Explanation, features: Sequence[int], limit: int = 40) -> list[str]:
    """The features in quotation marks, as a sentence names them: equal ones are told apart by a number, “not”₁."""
    source = explanation.source
    words = texts(explanation) if isinstance(source, PictureSource) else explanation.features
    which = occurrences(names(explanation))
    return [f"“{short(bare(words[at].strip()), limit)}”{subscript(which[at])}" for at in features]


def group(explanation: Explanation, features: Sequence[int], most: int = 8) -> str:
    """The features' names with dots between; equal ones are told apart by which occurrence they are."""
    labels = names(explanation)
    which = occurrences(labels)
    shown = [labels[at] + subscript(which[at]) for at in features[:most]]
    rest = len(features) - len(shown)
    return " · ".join(shown) + (f" and {rest} more" if rest > 0 else "")
