"""The trust line: how far the explanation may be believed, in numbers and in words."""

from __future__ import annotations

from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.fourier.faithfulness import Faithfulness, in_words
from spex_core.fourier.significance import RATE, RULE
from spex_core.fourier.stability import STEADY
from spex_core.models.answers import ONLY_BOUNDS
from spex_core.views.nothing import is_flat, tested, why_flat
from spex_core.views.outside import UNKNOWN, outside_world
from spex_core.views.ranking import ENOUGH
from spex_core.views.shown import Shown
from spex_core.views.style import number
from spex_core.views.tryit import expected_error

_FIXED = "\u00a0"  # between a number and its unit, so that no line ends there

GOOD, FAIR, LOW = 0.85, 0.6, 0.3
"""R² from which agreement is called close, fair and weak; below LOW the explanation is not to be trusted."""

_LUCK = (
    "Each value is a share of a few replies: nothing predicts their luck, so R² cannot pass its ceiling, and the words "
    "go by how near it comes."
)
_FLAT = "fair"  # tone where nothing varies: neither good nor wrong


def verdict(r2: float) -> tuple[str, str]:
    """(tone, words) for an R²: tone is "good", "fair", "low" or "bad"."""
    if r2 >= GOOD:
        return "good", "agrees closely with the model"
    if r2 >= FAIR:
        return "fair", "agrees with the model in the main"
    if r2 >= LOW:
        return "low", "covers only part of what the model does"
    return "bad", "does not describe the model; do not rely on it"


def trust(shown: Shown) -> dict[str, Any]:
    """Plain data of the trust line; its stability is that of the strongest interactions under its index.

    The first card is about what predicts. Where the list is a part of it, the second says how much of the model the
    list describes by itself.

    Returns:
        ``tone``; ``cards``: name (what it is, for a program), value, label, detail, about (a longer explanation),
        tone; ``r2``, ``low``, ``high``; ``rmse`` (None if unknown); ``notes``: sentences of the run that a person
        should read.
    """
    explanation = shown.explanation
    report = explanation.faithfulness_report
    tone, words = verdict(report.explained)
    told = (RULE, *([UNKNOWN] if outside_world(explanation) else []))  # the answer says so
    flat = is_flat(explanation)
    if flat:
        tone = _FLAT
    exact = explanation.covers_all_masks
    two = not flat and explanation.listed_report is not None and len(explanation.predicting) > len(explanation.spectrum)
    cards = [
        _undefined_card(why_flat(explanation))
        if flat
        else _agreement_card(report, tone, f"full prediction {words}" if two else words, exact),
        *([_listed_card(explanation, explanation.listed_report)] if two and explanation.listed_report else []),
        _stability_card(shown, exact),
        _found_card(shown),
        {
            "name": "cost",
            "value": f"{explanation.evaluations:,}",
            "label": f"of {explanation.budget:,} passes spent",
            "detail": f"model {seconds(explanation.seconds_model)} · decoding {seconds(explanation.seconds_decode)}",
            "about": "",
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
        "notes": [note for note in explanation.notes if not any(part in note for part in told)],
    }


def _undefined_card(why: str) -> dict[str, str]:
    """In the place of R², where there is no variation to explain a share of, or none that is the answer's."""
    about = "R² is the share of the output's variation that is predicted; here there is none."
    label = "undefined: the output does not vary"
    if ONLY_BOUNDS in why:
        about = "R² is the share of the output's variation that is predicted; here the output was hardly seen."
        label = "undefined: the answer was hardly seen"
    return {"name": "agreement", "value": "R² –", "label": label, "detail": why, "about": about, "tone": _FLAT}


def _agreement_card(report: Faithfulness, tone: str, words: str, exact: bool) -> dict[str, str]:
    """R² of what predicts."""
    card = {"name": "agreement", "value": _r2(report), "label": "", "detail": "", "about": "", "tone": tone}
    if not report.measured:
        return card | {"value": "R² –", "label": "not measured: too few passes to keep test masks apart"}
    if exact:
        return card | {"label": words, "detail": f"on all {report.n_test:,} masks"}
    unseen = [f"{report.n_test:,} unseen masks"] * (report.n_test > 0)
    more = "more" if report.n_test else "masks"
    crossed = [f"{report.n_crossed:,} {more} judged by fits that had not seen them"] * (report.n_crossed > 0)
    detail = f"on {' and '.join(unseen + crossed)} · {_interval(report)}"
    if report.ceiling is None:
        return card | {"label": words, "detail": detail, "about": _judged(report)}
    detail = f"{of_what_luck_leaves(report)} · {detail}"
    return card | {"label": words, "detail": detail, "about": f"{_judged(report)} {_LUCK}"}


def _listed_card(explanation: Explanation, report: Faithfulness) -> dict[str, str]:
    """R² of the list by itself."""
    more = len(explanation.predicting) - len(explanation.spectrum)
    adds = f"{more:,} weaker ones complete the full prediction"
    card = {"name": "listed", "value": "R² –", "label": "by the listed terms alone", "about": "", "tone": ""}
    if len(explanation.spectrum) < 2:
        says = f"the full prediction is made of {more:,} weak terms"
        return card | {"label": "nothing is listed, so nothing to judge", "detail": says}
    detail = f"{adds} · {_interval(report)}"
    return card | {
        "value": _r2(report),
        "detail": detail,
        "about": f"What is listed and drawn below. {_judged(report)}",
    }


def _r2(report: Faithfulness) -> str:
    return f"R² {report.r2:.2f}".replace("-", "−")


def of_what_luck_leaves(report: Faithfulness) -> str:
    """How much of what could be explained is, where values are shares of replies."""
    return f"{in_words(report)} of what luck leaves (ceiling R² {report.ceiling:.2f})"


def _interval(report: Faithfulness) -> str:
    return f"90 % interval {report.low:.2f} to {report.high:.2f}".replace("-", "−")


def _judged(report: Faithfulness) -> str:
    """How many masks were judged, and by what."""
    unseen = f"R² on {report.n_test:,} masks that no fit has seen"
    crossed = f" and {report.n_crossed:,} others, each judged by a fit that had not seen it" if report.n_crossed else ""
    return f"{unseen}{crossed}."


def _stability_card(shown: Shown, exact: bool) -> dict[str, str]:
    """How many of the strongest groups reappear often enough when the paid samples are drawn again."""
    card = {"name": "stability", "about": "", "tone": ""}
    if exact:
        return card | {"value": "exact", "label": "stability", "detail": "every mask was evaluated"}
    resamples = shown.explanation.resamples
    found = stability(shown)
    if found is None:
        unlisted = "not known under this index" if shown.problem else "no groups to draw again"
        nothing = unlisted if resamples else "not measured for this run"
        return card | {"value": "–", "label": "stability", "detail": nothing}
    steady, of = found
    strongest = f"of the {of} strongest interactions" if of > 1 else "of the 1 interaction"
    return card | {
        "value": f"{steady} of {of}",
        "label": f"strongest interactions reappear in at least {ENOUGH} % of resamples",
        "detail": f"{resamples} resamples of the passes paid for",
        "about": f"{steady} {strongest} {'reappear' if steady != 1 else 'reappears'} in at least {ENOUGH} % of "
        f"{resamples} resamples. A resample draws the masked passes that were paid for again, with "
        "replacement, and lists what stands out from noise in them. Neither the model nor the search is asked again.",
        "tone": "good" if steady >= STEADY * of else "fair" if 2 * steady >= of else "low",
    }


def stability(shown: Shown) -> tuple[int, int] | None:
    """`Explanation.stability`; None as well where the index has a problem."""
    explanation = shown.explanation
    return explanation.stability(shown.index, shown.order) if explanation.resamples and not shown.problem else None


def _found_card(shown: Shown) -> dict[str, str]:
    found = shown.terms
    orders = sorted({interaction.order for interaction in found})
    count = len(found)
    span = "" if not orders else f"order {orders[0]}" if len(orders) == 1 else f"orders {orders[0]}–{orders[-1]}"
    held = f"significant {RULE}" if tested(shown.explanation) else ""
    about = f"On average at most {RATE} of what is listed is noise (Benjamini and Hochberg)." if held else ""
    label = "terms found" if count != 1 else "term found"
    detail = ", ".join(part for part in (span, held) if part)
    return {"name": "found", "value": f"{count:,}", "label": label, "detail": detail, "about": about, "tone": ""}


def seconds(value: float) -> str:
    """A time: "2.7 min", "1.3 s", "40 ms"."""
    if value >= 90:
        return f"{value / 60:.1f}{_FIXED}min"
    return f"{value:.1f}{_FIXED}s" if value >= 0.95 else f"{1000 * value:.0f}{_FIXED}ms"


def how_far(shown: Shown) -> tuple[str, tuple[str, ...]]:
    """(tone, sentences): the tone is "good", "fair", "low" or "bad"; the sentences say what was measured on which
    masks, what was found, and how much of it reappears."""
    explanation = shown.explanation
    report = explanation.faithfulness_report
    if is_flat(explanation):
        why = why_flat(explanation)
        return _FLAT, (f"{why[:1].upper()}{why[1:]}, so there is nothing to explain.",)
    if not report.measured:
        return "low", (
            "How far to trust this is not known: too few passes were made to keep some apart and test on them.",
            *_found(shown),
        )
    tone, words = verdict(report.explained)
    return tone, (_agreement(explanation, words), *_found(shown))


def _agreement(explanation: Explanation, words: str) -> str:
    report = explanation.faithfulness_report
    r2 = f"R² {number(report.r2)}"
    if report.ceiling is not None:
        r2 += f", {of_what_luck_leaves(report)}"
    if explanation.covers_all_masks:
        return f"The explanation {words}: {r2} on all {report.n_test:,} masks, every one of which was tried."
    interval = f"90 % interval {number(report.low)} to {number(report.high)}"
    kinds = [f"{report.n_test:,} masks that no fit has seen"] * (report.n_test > 0)
    kinds += [f"{report.n_crossed:,} judged by fits that had not seen them"] * (report.n_crossed > 0)
    return f"The explanation {words}: {r2} ({interval}), measured on {' and '.join(kinds)}."


def _found(shown: Shown) -> tuple[str, ...]:
    found = shown.terms
    groups = sum(term.order > 1 for term in found)
    held = f" {RULE}" if tested(shown.explanation) else ""
    if not found:
        return (f"Nothing is significant{held}." if held else "Nothing was found.",)
    what = "significant" if held else "found"
    terms = f"{len(found):,} term{'s are' if len(found) != 1 else ' is'} {what}{held}"
    joint = ""
    if len(found) > 1:
        joint = f", {groups:,} of them for {'groups' if groups != 1 else 'a group'}" if groups else ", none for a group"
    return (f"{terms}{joint}.", *_steady(shown))


def _steady(shown: Shown) -> tuple[str, ...]:
    found = None if shown.explanation.covers_all_masks else stability(shown)
    if found is None:
        return ()
    steady, of = found
    if of == 1:
        group = f"The one group {'reappears' if steady else 'does not reappear'}"
    elif steady == of:
        group = f"All {of} strongest groups reappear"
    else:
        group = f"{steady} of the {of} strongest groups reappear{'s' if steady == 1 else ''}"
    doubt = "" if steady >= STEADY * of else " Doubt the rest." if of > 1 else " Doubt it."
    return (f"{group} in at least {ENOUGH} % of the times the passes are drawn again.{doubt}",)
