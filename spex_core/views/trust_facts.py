"""What the line of trust rests on, for who asks: in everyday words, each with the numbers of a small picture."""

from __future__ import annotations

from collections import Counter
from typing import Any

from spex_core.explanation.result import Explanation
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.significance import RATE, RULE
from spex_core.views.nothing import is_flat, tested, why_flat
from spex_core.views.patches import feature_noun
from spex_core.views.ranking import ENOUGH
from spex_core.views.shown import Shown
from spex_core.views.style import number
from spex_core.views.trust import seconds, stability


def facts(shown: Shown) -> list[dict[str, Any]]:
    """Plain data, one fact after another: ``name``, ``title``, ``text`` and ``picture``.

    A picture is {"kind": "scale", "value", "low", "high", "ceiling"} from 0 to 1, {"kind": "dots", "filled", "of"},
    {"kind": "bars", "bars": [[label, count], …]}, or {"kind": "part", "value", "of"}; None where there is nothing to
    draw.
    """
    found = [_predicts(shown.explanation), _listed(shown.explanation), _stable(shown), _found(shown), _cost(shown)]
    return [fact for fact in found if fact is not None]


def _fact(name: str, title: str, text: str, picture: dict[str, Any] | None) -> dict[str, Any]:
    return {"name": name, "title": title, "text": text, "picture": picture}


def _scale(report: Faithfulness) -> dict[str, Any]:
    ends = {"low": report.low, "high": report.high} if report.n_test else {"low": None, "high": None}
    return {"kind": "scale", "value": report.r2, **ends, "ceiling": report.ceiling}


def _predicts(explanation: Explanation) -> dict[str, Any]:
    report = explanation.faithfulness_report
    title = "Does it predict the model?"
    if is_flat(explanation):
        why = why_flat(explanation)
        return _fact("agreement", title, f"R² is not defined: {why}, so there is nothing to predict.", None)
    if not report.measured:
        return _fact("agreement", title, "Not tested: too few passes were made to keep some apart.", None)
    if explanation.covers_all_masks:
        text = f"All {report.n_test:,} ways of hiding parts of the input were tried. R² {number(report.r2)} of them: 1 "
        return _fact("agreement", title, f"{text}means that every answer is met.", _scale(report))
    kinds = [f"{report.n_test:,} maskings that it had not seen"] * (report.n_test > 0)
    more = "more, each" if kinds else "maskings, each"
    kinds += [f"{report.n_crossed:,} {more} by a part of it that had not seen it"] * (report.n_crossed > 0)
    low, high = number(report.low), number(report.high)
    text = (
        f"It was tested on {' and on '.join(kinds)}. R² {number(report.r2)} is the share of the model's ups and downs "
        f"that it gets right; 9 times of 10 that lies between {low} and {high}."
    )
    if report.ceiling is not None:
        text += (
            f" Each value is a share of a few replies, whose luck nothing predicts: R² cannot pass "
            f"{number(report.ceiling)}, so this is {100 * max(0.0, report.explained):.0f} % of what luck leaves."
        )
    return _fact("agreement", title, text, _scale(report))


def _listed(explanation: Explanation) -> dict[str, Any] | None:
    report = explanation.listed_report
    more = len(explanation.predicting) - len(explanation.spectrum)
    if report is None or more <= 0 or is_flat(explanation):
        return None
    title = "How much of it is on this page?"
    if len(explanation.spectrum) < 2:
        return _fact("listed", title, f"Nothing: the prediction is made of {more:,} effects too weak to list.", None)
    text = (
        f"What is listed reaches R² {number(report.r2)} alone. {more:,} effects, each too weak to list, complete the "
        "prediction that Try it uses."
    )
    return _fact("listed", title, text, _scale(report))


def _stable(shown: Shown) -> dict[str, Any]:
    explanation, title = shown.explanation, "Would it come out again?"
    if explanation.covers_all_masks:
        return _fact("stability", title, "Yes, exactly: every masking was tried and nothing is estimated.", None)
    found = stability(shown)
    if found is None:
        why = "this index does not know" if shown.problem else "there is no group to draw again"
        why = why if explanation.resamples else "it was not measured for this run"
        return _fact("stability", title, f"Not known: {why}.", None)
    steady, of = found
    text = (
        f"The passes were drawn again {explanation.resamples} times, as if the run had gone a little otherwise. "
        f"{steady} of the {of} strongest groups came back in at least {ENOUGH} % of them; doubt the others."
    )
    if steady == of:
        text = text.removesuffix("; doubt the others.") + "."
    return _fact("stability", title, text, {"kind": "dots", "filled": steady, "of": of})


def _found(shown: Shown) -> dict[str, Any]:
    sizes = sorted(Counter(term.order for term in shown.terms).items())
    count, noun = len(shown.terms), feature_noun(shown.explanation, 2)
    title = "How much was found?"
    if not count:
        return _fact("found", title, "Nothing stands out from noise.", None)
    largest = sizes[-1][0]
    groups = f", alone or in groups of up to {largest}" if largest > 1 else ", each alone"
    text = f"{count:,} effect{'s' if count > 1 else ''} of {noun}{groups}."
    if tested(shown.explanation):
        text += f" Each stands out from noise; about {RATE} of such a list may be chance (significant {RULE})."
    bars = [[str(order), amount] for order, amount in sizes]
    return _fact("found", title, text, {"kind": "bars", "bars": bars} if largest > 1 else None)


def _cost(shown: Shown) -> dict[str, Any]:
    explanation = shown.explanation
    text = (
        f"{explanation.evaluations:,} of {explanation.budget:,} passes spent: the input with parts hidden, and what "
        f"the model said. Model {seconds(explanation.seconds_model)}, working it out "
        f"{seconds(explanation.seconds_decode)}."
    )
    picture = {"kind": "part", "value": explanation.evaluations, "of": max(explanation.budget, explanation.evaluations)}
    return _fact("cost", "What did it take?", text, picture)
