"""How far to trust a result, in one line: a level in a word, and what it rests on."""

from __future__ import annotations

from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.models.answers import ONLY_BOUNDS
from spex_core.views.nothing import is_flat, why_flat
from spex_core.views.shown import Shown
from spex_core.views.style import number
from spex_core.views.trust import LOW, stability, verdict

EARLY, NOTHING = "early", "nothing"
WORDS = {
    "good": "High",
    "fair": "Fair",
    "low": "Low",
    "bad": "None",
    EARLY: "Too early to say",
    NOTHING: "Nothing to judge",
}
"""Level -> what it is called: "good" to "bad" by R² (`trust.verdict`), the other two in grey."""
_PREDICTS = {
    "good": "predicts the model on unseen maskings",
    "fair": "predicts the model in the main on unseen maskings",
    "low": "predicts only part of what the model does on unseen maskings",
    "bad": "does not predict the model on unseen maskings, do not rely on it",
}


def trust_line(shown: Shown) -> dict[str, Any]:
    """Plain data: ``level`` (a key of `WORDS`), ``word``, ``says`` (without a full stop).

    Nothing is judged, good or bad, before it is measured well enough: where R² may as well lie below `LOW` the level
    is `EARLY`. A page does the same with a low level while a run goes on.
    """
    level = level_of(shown.explanation)
    return {"level": level, "word": WORDS[level], "says": _says(shown, level)}


def level_of(explanation: Explanation) -> str:
    """A key of `WORDS`."""
    report = explanation.faithfulness_report
    if is_flat(explanation):
        return NOTHING
    if not report.measured:
        return EARLY
    tone = verdict(report.explained)[0]
    unsure = report.n_test > 0 and not explanation.covers_all_masks and report.low < LOW * (report.ceiling or 1.0)
    return EARLY if tone in ("good", "fair") and unsure else tone


def _says(shown: Shown, level: str) -> str:
    explanation = shown.explanation
    report = explanation.faithfulness_report
    r2 = f"R² {number(report.r2)}"
    if report.ceiling is not None:
        r2 += f" of the {number(report.ceiling)} that luck leaves"
    if level == NOTHING:
        unseen = ONLY_BOUNDS in why_flat(explanation)
        return f"{why_flat(explanation)}{'' if unseen else ', so there is nothing to explain'}"
    if not report.measured:
        return "too few passes to test how well this predicts the model"
    if level == EARLY:
        return f"{r2}, but it may be as low as {number(report.low)}; more passes would tell"
    if explanation.covers_all_masks and level == "good":
        tested = f"every one of the {report.n_test:,} maskings was tried, {r2}"
    else:
        tested = f"{_PREDICTS[level].removesuffix(', do not rely on it')}, {r2}"
    parts = [tested, _steady(shown)]
    parts += ["do not rely on it"] * (level == "bad") + ["stopped before all passes were made"] * (
        not explanation.complete
    )
    return "; ".join(part for part in parts if part)


def _steady(shown: Shown) -> str:
    found = None if shown.explanation.covers_all_masks else stability(shown)
    if found is None:
        return ""
    steady, of = found
    if of == 1:
        return f"the one group found is {'' if steady else 'not '}stable"
    return f"{'all' if steady == of else steady} of the {of} strongest {'is' if steady == 1 else 'are'} stable"
