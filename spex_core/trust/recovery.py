"""Recovery@r: how much of the strongest interactions lies among the features that a person marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from spex_core import outside
from spex_core.arrays import FloatArray, Support
from spex_core.errors import InputError, check_whole
from spex_core.explanation.result import Interaction
from spex_core.fourier.spectrum import strongest_first


def recovery_at(interactions: Sequence[Interaction], marked: Collection[int], r: int) -> float:
    """Recovery@r (SPEX, arXiv 2502.13870, section 6): (1/r) sum over i = 1..r of |S* ∩ S_i| / |S_i|, 0 to 1.

    Args:
        interactions: of any order >= 1; S_1, ..., S_r are those of largest absolute value.
        marked: positions S* of the features that matter.
        r: how many interactions count. Where there are fewer, those that are missing recover nothing.

    Raises:
        InputError: r is not a whole number from 1.
    """
    r = check_whole("r", r, 1)
    return float(_shares(interactions, marked, r).sum()) / r


def recovery_curve(interactions: Sequence[Interaction], marked: Collection[int], most: int) -> FloatArray:
    """`recovery_at` for r = 1 to `most`: (most,).

    Raises:
        InputError: `most` is not a whole number from 1.
    """
    most = check_whole("most", most, 1)
    shares = np.zeros(most)
    found = _shares(interactions, marked, most)
    shares[: len(found)] = found
    curve: FloatArray = np.cumsum(shares) / np.arange(1, most + 1)
    return curve


def recovery_by_chance(marked: Collection[int], n_features: int) -> float:
    """What Recovery@r is on average, for any r, where groups are drawn blindly: the marked share of the features."""
    return len(frozenset(marked)) / n_features if n_features else 0.0


def _shares(interactions: Sequence[Interaction], marked: Collection[int], most: int) -> FloatArray:
    """Marked share of each of the strongest, at most so many."""
    inside = frozenset(marked)
    groups = [each for each in interactions if each.features]
    strongest = [groups[row] for row in strongest_first(np.array([each.value for each in groups]))[:most]]
    return np.array([len(inside.intersection(each.features)) / each.order for each in strongest], dtype=np.float64)


MOST_BYTES = 200_000
_BOUNDS = outside.Bounds(size=MOST_BYTES, depth=8, digits=20)


def read_marks(data: bytes, labels: Sequence[str]) -> Support:
    """Marked feature positions, rising.

    Args:
        data: a file's bytes. JSON: a list of positions (from 0) or of texts, or an object with such a list under
            "marks" or "positions". Else plain text, one mark per line, where an empty line and one that begins with
            "#" say nothing.
        labels: the text of each feature. A text marks every feature that says the same, up to white space, case and
            closing punctuation, or, where there is none, every one that holds it.

    Raises:
        InputError: not such a file, too large, a position that the run does not have, or a text that is nowhere in it.
    """
    if len(data) > MOST_BYTES:
        raise InputError(f"the file of marks is larger than {MOST_BYTES // 1000} kB, the limit")
    try:
        text = outside.decoded(data)
    except ValueError:
        raise InputError("the file of marks is not text in UTF-8") from None
    folded = [_folded(label) for label in labels]
    return tuple(sorted({at for entry in _entries(text) for at in _positions(entry, folded)}))


def _entries(text: str) -> list[Any]:
    if not text.lstrip().startswith(("[", "{")):
        lines = [line.strip() for line in text.splitlines()]
        return [int(line) if _is_number(line) else line for line in lines if line and not line.startswith("#")]
    try:
        content = outside.parse(text, _BOUNDS)
    except ValueError:
        raise InputError("the file of marks is not readable JSON") from None
    if isinstance(content, dict):
        content = content.get("marks", content.get("positions"))
    if not isinstance(content, list):
        raise InputError('the file of marks holds no list; write [0, 4] or {"marks": ["a sentence", …]}')
    return content


def _is_number(line: str) -> bool:
    return line.isascii() and line.isdigit() and len(line) < 7


def _positions(entry: Any, folded: Sequence[str]) -> list[int]:
    if isinstance(entry, int) and not isinstance(entry, bool):
        if not 0 <= entry < len(folded):
            raise InputError(f"the file marks feature {entry}; this run has 0 to {len(folded) - 1}")
        return [entry]
    if not isinstance(entry, str) or not _folded(entry):
        raise InputError("a mark is neither a position nor a text")
    wanted = _folded(entry)
    found = [at for at, label in enumerate(folded) if label == wanted]
    found = found or [at for at, label in enumerate(folded) if wanted in label]
    if not found:
        raise InputError(f"“{' '.join(entry.split())[:80]}” is nowhere in the input of this run")
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".,;:!?…")
