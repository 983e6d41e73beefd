"""What each experiment makes of a method's spectrum; the model is asked in one of them only."""

from __future__ import annotations

from typing import Any

import numpy as np

from spex_core.bench.passes import ModelOnText
from spex_core.bench.settings import BenchSettings
from spex_core.explanation.result import Interaction
from spex_core.fourier import conversions
from spex_core.fourier.spectrum import Spectrum, strongest_first
from spex_core.trust.methods import Outcome
from spex_core.trust.recovery import recovery_by_chance, recovery_curve
from spex_core.trust.removal import masks_to_ask, removal_curve

_REMOVAL_SECONDS = 10.0  # for all integer programs of one spectrum; the best found by then counts


def measured(settings: BenchSettings, outcome: Outcome, asked: ModelOnText, marked: tuple[int, ...]) -> dict[str, Any]:
    """A method's result on one example, as plain data.

    Raises:
        SpexError: see `ModelOnText`.
    """
    line = _fitted(outcome)
    if outcome.spectrum is None:
        return line
    if settings.experiment == "removal":
        return line | removed(outcome.spectrum, settings.rs, asked)
    if settings.experiment == "recovery":
        return line | recovered(outcome.spectrum, settings.rs, marked, settings.index)
    return line


def removed(spectrum: Spectrum, rs: tuple[int, ...], asked: ModelOnText) -> dict[str, Any]:
    """Top-r removal: the features whose hiding changes the prediction most, and what the model then says.

    "normalised" is |f(all) - f(without them)| / |f(all)|, as the authors of SPEX compute it (experiments/removal.py of
    their repository), and "share" the same by |f(all) - f(nothing)|, which does not blow up where f(all) is near zero;
    None where it would be divided by zero.
    """
    n = spectrum.n_features
    kept = [r for r in sorted(rs) if r <= n]
    found = removal_curve(spectrum, kept, _REMOVAL_SECONDS)
    masks, rows = masks_to_ask(found, n)
    values = asked(np.concatenate([[[True] * n, [False] * n], masks]))
    full, empty = values[:2].tolist()
    steps = [
        {
            "r": r,
            "features": list(removal.features),
            "exact": removal.exact,
            "predicted": removal.change,
            "change": value - full,
            "normalised": _ratio(value - full, full),
            "share": _ratio(value - full, full - empty),
        }
        for r, removal, value in zip(kept, found, values[2:][rows].tolist(), strict=True)
    ]
    return {"full": full, "empty": empty, "removal": steps}


def recovered(spectrum: Spectrum, rs: tuple[int, ...], marked: tuple[int, ...], index: str) -> dict[str, Any]:
    """Recovery@r of the interactions, strongest first, for each r, and what blind choice would score ("chance")."""
    strongest = ranked(spectrum, index, max(rs))
    curve = recovery_curve(strongest, marked, max(rs)).tolist()
    return {
        "marked": list(marked),
        "chance": recovery_by_chance(marked, spectrum.n_features),
        "top": [[list(one.features), one.value] for one in strongest],
        "recovery": [{"r": r, "recovery": curve[r - 1]} for r in sorted(rs)],
    }


def ranked(spectrum: Spectrum, index: str, most: int) -> list[Interaction]:
    """The strongest interactions of a spectrum under an index, the empty one left out.

    Raises:
        ExpansionError: see `conversions.convert`.
    """
    supports, values = conversions.convert(spectrum.n_features, spectrum.supports, spectrum.coefficients, index)
    pairs = [(support, value) for support, value in zip(supports, values.tolist(), strict=True) if support and value]
    order = strongest_first(np.array([value for _, value in pairs]))[:most]
    return [Interaction(*pairs[row]) for row in order]


def _fitted(outcome: Outcome) -> dict[str, Any]:
    report = outcome.r2
    return {
        "r2": None if report is None else report.r2,
        "low": None if report is None else report.low,
        "high": None if report is None else report.high,
        "unseen": 0 if report is None else report.n_test,
        "seconds": outcome.seconds,
        "terms": 0 if outcome.spectrum is None else len(outcome.spectrum),
        "reason": outcome.reason,
        "notes": list(outcome.notes),
    }


def _ratio(change: float, whole: float) -> float | None:
    return abs(change) / abs(whole) if whole else None
