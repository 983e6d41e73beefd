"""What changed between two runs, interaction by interaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation, Interaction
from spex_core.fourier.indices import canonical
from spex_core.fourier.spectrum import strongest_first
from spex_core.views.alignment import Matching, align
from spex_core.views.labels import decimals
from spex_core.views.shown import INDEX, effective

STATUSES = ("appeared", "vanished", "changed sign", "stronger", "weaker", "same within error")
SAME = STATUSES[-1]
SLIGHT = 0.01
"""Share of the largest value of either run below which a difference is too small to be called a change."""


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
    pairs: list[_Pair] = []
    for mine, other, there, back in ((0, 1, matching.to_b, False), (1, 0, matching.to_a, True)):
        for features, interaction in listed[mine].items():
            partner = tuple(sorted(there[at] for at in features if at in there))
            whole = len(partner) == len(features)
            twin = listed[other].get(partner) if whole else None
            if back and twin is not None:
                continue  # seen from A
            kept = features in solid[mine], whole and partner in solid[other]
            if any(kept):
                pairs.append(_Pair(interaction, twin, features, partner, kept, back, "" if whole else "ab"[mine]))
    sizes = [abs(known[features].value) for known, kept in zip(listed, solid, strict=True) for features in kept]
    farthest = max((end for pair in pairs for end in pair.ends), default=0.0)
    nothing = max(SLIGHT * max(sizes, default=0.0), shown_as_zero(farthest))
    found = [pair.change(nothing) for pair in pairs]
    found.sort(key=lambda row: (row.order, row.features_a, row.features_b))
    return [found[at] for at in strongest_first(np.array([row.difference for row in found]))]


@dataclass(frozen=True)
class _Pair:
    """An interaction of one run and its twin in the other; `back` where the one is B."""

    interaction: Interaction
    twin: Interaction | None
    features: Support
    partner: Support
    kept: tuple[bool, bool]
    back: bool
    only: str

    @property
    def ends(self) -> list[float]:
        """Absolute values, and those of the ends of their intervals."""
        sides = [side for side in (self.interaction, self.twin) if side is not None]
        return [abs(x) for side in sides for x in (side.value, side.low, side.high) if x is not None]

    def change(self, nothing: float) -> Change:
        status = _status(self.interaction, self.twin, *self.kept, nothing)
        if self.back:
            return Change(_REVERSED[status], self.twin, self.interaction, self.partner, self.features, self.only)
        return Change(status, self.interaction, self.twin, self.features, self.partner, self.only)


def shown_as_zero(scale: float) -> float:
    """Up to which size a value is printed as 0 beside values as large as `scale`; 0 where there are none."""
    return 0.5 * 10.0 ** -decimals(scale) if scale > 0 else 0.0


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


def _status(a: Interaction, b: Interaction | None, solid_a: bool, solid_b: bool, nothing: float) -> str:
    """What became of `a`; a side that is no larger than `nothing` is not there, whatever its sign."""
    value = b.value if b else 0.0
    if abs(a.value - value) <= nothing or (b is not None and (_covers(a, b.value) or _covers(b, a.value))):
        return SAME
    there_a, there_b = solid_a and abs(a.value) > nothing, solid_b and abs(value) > nothing
    if not (there_a and there_b):
        return "vanished" if there_a else "appeared" if there_b else SAME
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
