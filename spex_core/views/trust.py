"""The trust line: how far the explanation may be believed, in numbers and in words."""

from __future__ import annotations

from typing import Any

from spex_core.errors import ExpansionError
from spex_core.explanation import Explanation
from spex_core.views.ranking import effective
from spex_core.views.tryit import expected_error

GOOD, FAIR, LOW = 0.85, 0.6, 0.3
"""R² from which agreement is called close, fair and weak; below LOW the explanation is not to be trusted."""


def verdict(r2: float) -> tuple[str, str]:
    """(tone, words) for an R²: tone is "good", "fair", "low" or "bad"."""
    if r2 >= GOOD:
        return "good", "agrees closely with the model"
    if r2 >= FAIR:
        return "fair", "agrees with the model in the main"
    if r2 >= LOW:
        return "low", "covers only part of what the model does"
    return "bad", "does not describe the model; do not rely on it"


def trust(explanation: Explanation) -> dict[str, Any]:
    """Plain data of the trust line.

    Returns:
        ``tone``; ``cards``: value, label, detail, tone; ``r2``, ``low``, ``high``; ``rmse`` (None if unknown);
        ``notes``: sentences of the run that a person should read.
    """
    report = explanation.faithfulness_report
    tone, words = verdict(report.r2)
    exact = explanation.covers_all_masks
    where = f"on all {report.n_test:,} masks" if exact else f"on {report.n_test:,} unseen masks"
    interval = "" if exact else f"90 % interval {report.low:.2f} to {report.high:.2f}".replace("-", "−")
    agreement = {
        "value": f"R² {report.r2:.2f}".replace("-", "−"),
        "label": f"{words} {where}",
        "detail": interval,
        "tone": tone,
    }
    if not report.measured:
        agreement |= {"value": "R² –", "label": "not measured: too few passes to keep test masks apart", "detail": ""}
    cards = [
        agreement,
        _stability_card(explanation, exact),
        _found_card(explanation),
        {
            "value": f"{explanation.evaluations:,}",
            "label": f"of {explanation.budget:,} passes spent",
            "detail": f"model {_seconds(explanation.seconds_model)} · decoding {_seconds(explanation.seconds_decode)}",
            "tone": "",
        },
    ]
    return {
        "tone": tone,
        "cards": cards,
        "r2": report.r2,
        "low": report.low,
        "high": report.high,
        "rmse": expected_error(explanation),
        "notes": list(explanation.notes),
    }


def _stability_card(explanation: Explanation, exact: bool) -> dict[str, str]:
    try:
        stability = explanation.stability()
    except ExpansionError:
        stability = None
    if stability is None:
        nothing = "no groups to compare" if len(explanation.draws) else "no draws to compare"
        detail = "every mask was evaluated" if exact else nothing
        return {"value": "exact" if exact else "–", "label": "stability", "detail": detail, "tone": ""}
    kept, top = stability
    share = kept / top
    tone = "good" if share >= 0.8 else "fair" if share >= 0.5 else "low"
    label = "top interactions kept" if top > 1 else "top interaction kept"
    return {
        "value": f"{kept} / {top}",
        "label": label,
        "detail": f"on average over {len(explanation.draws)} posterior draws",
        "tone": tone,
    }


def _found_card(explanation: Explanation) -> dict[str, str]:
    found = effective(explanation.interactions("Fourier"))
    orders = sorted({interaction.order for interaction in found})
    count = len(found)
    span = "" if not orders else f"order {orders[0]}" if len(orders) == 1 else f"orders {orders[0]}–{orders[-1]}"
    held = ", each clear of zero by 3 standard deviations" if len(explanation.draws) and found else ""
    label = "terms found" if count != 1 else "term found"
    return {"value": f"{count:,}", "label": label, "detail": span + held, "tone": ""}


def _seconds(value: float) -> str:
    if value >= 90:
        return f"{value / 60:.1f} min"
    return f"{value:.1f} s" if value >= 0.95 else f"{1000 * value:.0f} ms"
