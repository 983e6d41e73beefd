"""What two runs have in common and what changed between them: features matched by position through a text diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation, Interaction
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.fourier.indices import canonical
from spex_core.fourier.spectrum import strongest_first
from spex_core.views.labels import bare, unit_noun
from spex_core.views.shown import INDEX as INDEX
from spex_core.views.shown import effective

STATUSES = ("appeared", "vanished", "changed sign", "stronger", "weaker", "same within error")
SAME = STATUSES[-1]
SLIGHT = 0.01
"""Share of the largest value of either run below which a difference is too small to be called a change."""
_MATCH = 1 << 20  # above any number of matches in a row
_NONE = -(1 << 40)


@dataclass(frozen=True)
class Matching:
    """Which feature of A is which feature of B.

    Attributes:
        pairs: (position in A, position in B), rising in both for the words of a text.
        n_a: features of A.
        n_b: features of B.
    """

    pairs: tuple[tuple[int, int], ...]
    n_a: int
    n_b: int

    @cached_property
    def to_b(self) -> dict[int, int]:
        """Position in A -> position in B."""
        return dict(self.pairs)

    @cached_property
    def to_a(self) -> dict[int, int]:
        """Position in B -> position in A."""
        return {b: a for a, b in self.pairs}

    @property
    def only_a(self) -> tuple[int, ...]:
        """Positions of A without a partner: what was taken out."""
        return tuple(at for at in range(self.n_a) if at not in self.to_b)

    @property
    def only_b(self) -> tuple[int, ...]:
        """Positions of B without a partner: what was put in."""
        return tuple(at for at in range(self.n_b) if at not in self.to_a)

    def swapped(self) -> Matching:
        """The same matching with A and B exchanged."""
        return Matching(tuple((b, a) for a, b in self.pairs), self.n_b, self.n_a)


@dataclass(frozen=True)
class Change:
    """One interaction in two runs.

    Attributes:
        status: one of `STATUSES`, from A to B.
        a: the interaction in A, None where A does not list it (its value there is 0).
        b: the interaction in B.
        features_a: its members in A; those that have a partner in A where a member exists in B only.
        features_b: its members in B, the same way.
        only: "a" or "b" where some members exist in that run only, else "".
    """

    status: str
    a: Interaction | None
    b: Interaction | None
    features_a: Support
    features_b: Support
    only: str = ""

    @property
    def value_a(self) -> float:
        """Value in A, 0 where it is not listed."""
        return self.a.value if self.a else 0.0

    @property
    def value_b(self) -> float:
        """Value in B, 0 where it is not listed."""
        return self.b.value if self.b else 0.0

    @property
    def difference(self) -> float:
        """B minus A."""
        return self.value_b - self.value_a

    @property
    def order(self) -> int:
        """Number of members."""
        found = self.a or self.b
        assert found is not None
        return found.order


def align(a: Explanation, b: Explanation) -> Matching:
    """Match the features of two runs.

    Words are matched as a longest common subsequence, so that repeated words keep their places (`difflib` looks for
    the longest block first and may lose matches beside it); patches of equal grids, and equal segments, by position.
    Nothing is matched where `mismatch` says why.
    """
    if mismatch(a, b):
        return Matching((), a.n_features, b.n_features)
    first, second = a.source, b.source
    patches = first.patches if isinstance(first, PictureSource) and isinstance(second, PictureSource) else 0
    words = align_labels(a.features[patches:], b.features[patches:])
    shifted = [(i + patches, j + patches) for i, j in words.pairs]
    return Matching((*((at, at) for at in range(patches)), *shifted), a.n_features, b.n_features)


def align_labels(a: Sequence[str], b: Sequence[str]) -> Matching:
    """Match two sequences of labels; case and closing punctuation do not count.

    Exchanging the sequences exchanges the result: the diff, which depends on the direction, always runs from the one
    that sorts first.
    """
    return _aligned(tuple(map(_key, a)), tuple(map(_key, b)))


def _key(label: str) -> str:
    return bare(label.strip()).casefold()


@lru_cache(maxsize=16)
def _aligned(a: tuple[str, ...], b: tuple[str, ...]) -> Matching:
    if b < a:
        return _aligned(b, a).swapped()
    least = min(len(a), len(b))
    head = next((at for at in range(least) if a[at] != b[at]), least)
    tail = next((at for at in range(least - head) if a[-1 - at] != b[-1 - at]), least - head)
    middle = _longest_common(a[head : len(a) - tail], b[head : len(b) - tail])
    pairs = [(at, at) for at in range(head)]
    pairs += [(i + head, j + head) for i, j in middle]
    pairs += [(len(a) - at, len(b) - at) for at in range(tail, 0, -1)]
    return Matching(tuple(pairs), len(a), len(b))


def _longest_common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """A longest common subsequence; among those, one with the most matches right after another match.

    Dynamic programming over prefixes, rows at once: `ends[i, j]` is the best score that ends in a match of a[i - 1]
    with b[j - 1], `best[i, j]` the best score of the prefixes. A match scores `_MATCH`, one right after another 1 more.
    """
    codes = {word: code for code, word in enumerate({*a, *b})}
    rows, columns = (np.array([codes[word] for word in words], dtype=np.int64) for words in (a, b))
    best = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    ends = np.full_like(best, _NONE)
    for i, code in enumerate(rows, start=1):
        reached = np.maximum(best[i - 1, :-1], ends[i - 1, :-1] + 1) + _MATCH
        ends[i, 1:] = np.where(columns == code, reached, _NONE)
        best[i] = np.maximum.accumulate(np.maximum(ends[i], best[i - 1]))
    pairs = []
    i, j, matched = len(a), len(b), False
    while i and j:
        if matched or best[i, j] == ends[i, j]:
            pairs.append((i - 1, j - 1))
            matched = bool(ends[i, j] == ends[i - 1, j - 1] + 1 + _MATCH)
            i, j = i - 1, j - 1
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def mismatch(a: Explanation, b: Explanation) -> str:
    """Why the features of two runs cannot be matched, "" where they can."""
    first, second = a.source, b.source
    if isinstance(first, PictureSource) != isinstance(second, PictureSource):
        return "One run is on a picture and the other is not, so no feature of one is a feature of the other."
    if isinstance(first, PictureSource) and isinstance(second, PictureSource):
        return _other_pieces(first, second)
    if isinstance(first, TextSource) and isinstance(second, TextSource) and first.unit != second.unit:
        return (
            f"A is cut into {unit_noun(first.unit, 2)} and B into {unit_noun(second.unit, 2)}, "
            "so no feature of one is a feature of the other."
        )
    return ""


def _other_pieces(first: PictureSource, second: PictureSource) -> str:
    """Why no patch or segment of one picture is one of the other, "" where each is."""
    if first.grid != second.grid:
        cuts = [source.cut_in_words for source in (first, second)]
        if first.grid is not None and second.grid is not None:
            grids = [cut.removesuffix(" patches") for cut in cuts]
            return f"The grids differ ({grids[0]} and {grids[1]}), so no patch of one is a patch of the other."
        return f"A is cut into {cuts[0]} and B into {cuts[1]}, so no feature of one is a feature of the other."
    if first.segments is not None and second.segments is not None and first.segments.digest != second.segments.digest:
        return (
            "The segments of A and B have other outlines, so no segment of one is a segment of the other; "
            "cut into a grid, the pictures can be compared."
        )
    return ""


def off_scale(a: Explanation, b: Explanation) -> str:
    """Why the values of two runs cannot stand on one scale, "" where they can."""
    if a.value_unit != b.value_unit:
        return f"A is measured in {a.value_unit} and B in {b.value_unit}."
    if a.toward != b.toward:
        return (
            f"Both are in {a.value_unit}, but of different things: "
            f"A runs from {_quoted(a.toward[0])} to {_quoted(a.toward[1])}, "
            f"B from {_quoted(b.toward[0])} to {_quoted(b.toward[1])}."
        )
    return ""


def _quoted(text: str) -> str:
    """In quotation marks, which an answer has already."""
    return text if text.startswith("“") else f"“{text}”"


def changes(
    a: Explanation, b: Explanation, index: str = INDEX, order: int | None = None, matching: Matching | None = None
) -> list[Change]:
    """Every interaction that is significant in at least one run, the largest difference first.

    It appeared or vanished where it is significant in one run only and the values differ beyond their error: that
    one run had too few passes to tell it from zero is no difference. Where the interval of one value covers the
    other, or the difference is below `SLIGHT`, it is the same within error.

    Raises:
        InputError: unknown index or an order below 1.
        ExpansionError: the conversion would pass its stated cap.
    """
    matching = align(a, b) if matching is None else matching
    listed = [_known(run, index, order) for run in (a, b)]
    solid = [{i.features for i in effective(list(known.values()))} for known in listed]
    sizes = [abs(known[features].value) for known, kept in zip(listed, solid, strict=True) for features in kept]
    slight = SLIGHT * max(sizes, default=0.0)
    found = []
    for mine, other, there, back in ((0, 1, matching.to_b, False), (1, 0, matching.to_a, True)):
        for features, interaction in listed[mine].items():
            partner = tuple(sorted(there[at] for at in features if at in there))
            whole = len(partner) == len(features)
            twin = listed[other].get(partner) if whole else None
            if back and twin is not None:
                continue  # seen from A
            kept = features in solid[mine], whole and partner in solid[other]
            if not any(kept):
                continue
            status = _status(interaction, twin, *kept, slight)
            only = "" if whole else "ab"[mine]
            if back:
                found.append(Change(_REVERSED[status], twin, interaction, partner, features, only))
            else:
                found.append(Change(status, interaction, twin, features, partner, only))
    found.sort(key=lambda row: (row.order, row.features_a, row.features_b))
    return [found[at] for at in strongest_first(np.array([row.difference for row in found]))]


def _known(run: Explanation, index: str, order: int | None) -> dict[Support, Interaction]:
    """All that a run has a value for: its list, and where one term makes one value the weak terms that only predict.

    Those have the error of the list, which is that of a mean over the same masks.
    """
    known = {i.features: i for i in run.interactions(index, order)}
    base = {"BII": -2.0, "Fourier": 1.0}.get(canonical(index))
    if run.accurate is None or base is None or not len(run.draws):
        return known
    error = float(np.median(run.draws.std(axis=0)))
    for support, coefficient in zip(run.accurate.supports, run.accurate.coefficients.tolist(), strict=True):
        if support and support not in known and (order is None or len(support) <= order):
            scale = base ** len(support)
            value, reach = scale * coefficient, 2 * abs(scale) * error
            known[support] = Interaction(support, value, value - reach, value + reach, significant=False)
    return known


_REVERSED = {
    "appeared": "vanished",
    "vanished": "appeared",
    "stronger": "weaker",
    "weaker": "stronger",
    "changed sign": "changed sign",
    SAME: SAME,
}


def _status(a: Interaction, b: Interaction | None, solid_a: bool, solid_b: bool, slight: float) -> str:
    value = b.value if b else 0.0
    if abs(a.value - value) <= slight or (b is not None and (_covers(a, b.value) or _covers(b, a.value))):
        return SAME
    if not solid_b:
        return "vanished"
    if not solid_a:
        return "appeared"
    if (a.value > 0) != (value > 0):
        return "changed sign"
    return "stronger" if abs(value) > abs(a.value) else "weaker"


def _covers(interaction: Interaction, value: float) -> bool:
    return interaction.low is not None and interaction.high is not None and interaction.low <= value <= interaction.high


def counts(rows: Sequence[Change]) -> dict[str, int]:
    """Status -> how many rows have it, in the order of `STATUSES`."""
    found = Counter(row.status for row in rows)
    return {status: found[status] for status in STATUSES}


def differences(a: Explanation, b: Explanation) -> list[tuple[str, str, str]]:
    """(what, in A, in B) for every choice in which two runs differ."""
    rows = [
        ("model", a.model.name if a.model else "", b.model.name if b.model else ""),
        ("estimator", a.estimator, b.estimator),
        ("passes", f"{a.evaluations:,}", f"{b.evaluations:,}"),
        ("largest order", str(a.max_order), str(b.max_order)),
        ("hidden features", a.source.masking if a.source else "", b.source.masking if b.source else ""),
        ("seed", str(a.seed), str(b.seed)),
    ]
    options = [run.model.options if run.model else {} for run in (a, b)]
    names = sorted({*options[0], *options[1]})
    rows[1:1] = [(name, options[0].get(name, ""), options[1].get(name, "")) for name in names]
    return [row for row in rows if row[1] != row[2]]
