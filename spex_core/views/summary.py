"""An explanation in a dozen lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from spex_core.explanation.result import Explanation
from spex_core.views.answer import answer
from spex_core.views.nothing import is_flat, why_flat
from spex_core.views.orientation import oriented
from spex_core.views.outcome import verdict_text
from spex_core.views.outside import outside_world
from spex_core.views.shown import INDEX, Shown
from spex_core.views.trust import of_what_luck_leaves
from spex_core.views.trust_line import trust_line

_TOP = 10


def summary(explanation: Explanation) -> Iterator[str]:
    """Lines: the answer and whether it is right, how far to trust it, outputs, R², notes, and the strongest
    interactions that are told from noise; signs are those of the page (see `orientation`)."""
    explanation = oriented(explanation)
    line = trust_line(Shown(explanation))
    yield from filter(None, (answer(Shown(explanation)).said, verdict_text(explanation), outside_world(explanation)))
    yield f"trust: {line['word']}: {line['says']}"
    report = explanation.faithfulness_report
    where = f"on {report.n_test} unseen masks (90 % interval {report.low:.3f} to {report.high:.3f})"
    if explanation.covers_all_masks:
        where = f"on all {report.n_test} masks"
    yield (
        f"{explanation.value_unit} {explanation.output_full:+.3f} with everything kept, "
        f"{explanation.output_empty:+.3f} with everything hidden; + is towards {explanation.toward[1]}"
    )
    if report.ceiling is not None:
        where += f", {of_what_luck_leaves(report)}"
    r2 = f"undefined: {why_flat(explanation)}" if is_flat(explanation) else f"{report.r2:.3f} {where}"
    yield f"R² {r2}; {explanation.evaluations} passes, estimator {explanation.estimator}"
    yield from (f"note: {note}" for note in explanation.notes)
    found = explanation.interactions(INDEX)
    told = [interaction for interaction in found if interaction.significant]
    joint = [interaction for interaction in told if interaction.order >= 2]
    for rank, interaction in enumerate((joint or told)[:_TOP], start=1):
        words = " + ".join(repr(explanation.features[position]) for position in interaction.features)
        yield f"{rank:3d}  {interaction.value:+.4f}  {words}"
    if not told:
        yield "no effect is told from noise; more passes may tell some" if found else "no effect found"
