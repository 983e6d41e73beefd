"""Which way signs are read: always towards and against the answer that the model gave.

The rule. Runs, files and the library keep the model's own sign: a higher output means `toward[1]`. What a person sees
of one result is turned to the answer given: + (circle, solid line) pushes towards it, − (square, dashed line) pushes
away from it to the other end. So the sentence, the bar, the output with everything hidden, Try it, the table, every
picture and the report agree, and the answer itself always has a plus. Where the model gave the answer on the falling
end, and that end is an answer of its own ("no" against "yes"), `oriented` turns the whole run round once: log-odds
change their sign, probabilities become those of the other answer, the ends change places. Each interaction index is
linear, so all of them change their sign too. An end that only stands for everything else ("not dog", other answers) is
no answer to read towards: such runs stay as they are, and so do those of units without a middle.

Two runs that are compared stay in the model's own sign, which is one scale for both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.explanation.result import Explanation
from spex_core.fourier.spectrum import Spectrum
from spex_core.models.base import ModelSpec
from spex_core.views.remembered import remembered
from spex_core.views.verdict import side, stands_for_others


@dataclass(frozen=True)
class Orientation:
    """From the model's own outputs to those that are shown: ``offset + sign * value``.

    Attributes:
        sign: 1, or -1 where the falling end is the answer given.
        offset: 0, or 1 where probabilities become those of the other answer.
    """

    sign: int = 1
    offset: float = 0.0

    def __call__(self, value: float) -> float:
        """An output as it is shown; the same again leads back."""
        return self.offset + self.sign * value


def orientation(explanation: Explanation) -> Orientation:
    """How a run's outputs are shown; of effects, the sign alone counts."""
    if side(explanation) >= 0 or stands_for_others(explanation):
        return Orientation()
    return Orientation(-1, 1.0 if explanation.value_unit == "probability" else 0.0)


def oriented(explanation: Explanation) -> Explanation:
    """The run as it is shown: itself, or the same run asked the other way round."""
    turn = orientation(explanation)
    if turn.sign > 0:
        return explanation
    # made once: what one index was converted to is not converted again for the next
    return remembered(explanation, "oriented", lambda: _turned_round(explanation, turn))


def _turned_round(explanation: Explanation, turn: Orientation) -> Explanation:
    spectrum = _turned(explanation.spectrum, turn)
    again = explanation.resampled
    return replace(
        explanation,
        spectrum=spectrum,
        draws=_columns(explanation.draws, explanation.spectrum, spectrum, turn),
        resampled=None if again is None else _columns(again, explanation.spectrum, spectrum, turn),
        accurate=None if explanation.accurate is None else _turned(explanation.accurate, turn),
        output_full=turn(explanation.output_full),
        output_empty=turn(explanation.output_empty),
        toward=(explanation.toward[1], explanation.toward[0]),
        model=None if explanation.model is None else _asked_the_other_way(explanation),
        _cache={},
    )


def _turned(spectrum: Spectrum, turn: Orientation) -> Spectrum:
    terms = {support: -value for support, value in spectrum.to_dict().items()}
    return Spectrum.from_dict(spectrum.n_features, {**terms, (): turn(spectrum.constant)})


def _columns(rows: FloatArray, before: Spectrum, after: Spectrum, turn: Orientation) -> FloatArray:
    """(B, k) coefficients of `before` as those of `after`; a constant that was not listed is 0 before."""
    column = {support: at for at, support in enumerate(before.supports)}
    turned = -np.concatenate([rows, np.zeros((len(rows), 1))], axis=1)[:, [column.get(s, -1) for s in after.supports]]
    turned[:, [at for at, support in enumerate(after.supports) if not support]] += turn.offset
    return turned


def _asked_the_other_way(explanation: Explanation) -> ModelSpec:
    """The model's options with the two answers in each other's place."""
    assert explanation.model is not None
    options = dict(explanation.model.options)
    name = next((name for name in ("answer", "label") if options.get(name)), "")
    if name:
        options[name], options["against"] = options.get("against") or explanation.toward[0], options[name]
    return ModelSpec(explanation.model.name, options)
