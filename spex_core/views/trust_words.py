"""How far an explanation may be trusted, in two or three plain sentences."""

from __future__ import annotations

from spex_core.errors import ExpansionError
from spex_core.explanation.result import Explanation
from spex_core.fourier.significance import RULE
from spex_core.fourier.stability import STEADY
from spex_core.views.frame import number
from spex_core.views.nothing import is_flat, tested
from spex_core.views.patches import things
from spex_core.views.ranking import ENOUGH, effective
from spex_core.views.trust import verdict


def how_far(explanation: Explanation) -> tuple[str, tuple[str, ...]]:
    """(tone, sentences): the tone is "good", "fair", "low" or "bad"; the sentences say what was measured on which
    masks, what was found, and how much of it reappears."""
    report = explanation.faithfulness_report
    several = things(explanation, 2)
    if is_flat(explanation):
        return "fair", (f"Hiding {several} did not change the output, so there is nothing to explain.",)
    if not report.measured:
        return "low", (
            "How far to trust this is not known: too few passes were made to keep some apart and test on them.",
            *_found(explanation),
        )
    tone, words = verdict(report.r2)
    return tone, (_agreement(explanation, words), *_found(explanation))


def _agreement(explanation: Explanation, words: str) -> str:
    report = explanation.faithfulness_report
    r2 = f"R² {number(report.r2)}"
    if explanation.covers_all_masks:
        return f"The explanation {words}: {r2} on all {report.n_test:,} masks, every one of which was tried."
    interval = f"90 % interval {number(report.low)} to {number(report.high)}"
    kinds = [f"{report.n_test:,} masks that no fit has seen"] * (report.n_test > 0)
    kinds += [f"{report.n_crossed:,} judged by fits that had not seen them"] * (report.n_crossed > 0)
    return f"The explanation {words}: {r2} ({interval}), measured on {' and '.join(kinds)}."


def _found(explanation: Explanation) -> tuple[str, ...]:
    found = effective(explanation.interactions("Fourier"))
    groups = sum(term.order > 1 for term in found)
    held = f" {RULE}" if tested(explanation) else ""
    if not found:
        return (f"Nothing is significant{held}." if held else "Nothing was found.",)
    what = "significant" if held else "found"
    terms = f"{len(found):,} term{'s are' if len(found) != 1 else ' is'} {what}{held}"
    joint = ""
    if len(found) > 1:
        joint = f", {groups:,} of them for {'groups' if groups != 1 else 'a group'}" if groups else ", none for a group"
    return (f"{terms}{joint}.", *_steady(explanation))


def _steady(explanation: Explanation) -> tuple[str, ...]:
    if explanation.covers_all_masks:
        return ()
    try:
        stability = explanation.stability()
    except ExpansionError:
        stability = None
    if stability is None:
        return ()
    steady, of = stability
    if of == 1:
        group = f"The one group {'reappears' if steady else 'does not reappear'}"
    elif steady == of:
        group = f"All {of} strongest groups reappear"
    else:
        group = f"{steady} of the {of} strongest groups reappear{'s' if steady == 1 else ''}"
    doubt = "" if steady >= STEADY * of else " Doubt the rest." if of > 1 else " Doubt it."
    return (f"{group} in at least {ENOUGH} % of the times the passes are drawn again.{doubt}",)
