import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.answers import AGAINST, ANSWER, SCALE, AnswerBackend, AnswerScale
from spex_core.models.base import ModelSpec
from spex_core.models.registry import backends

LOGS = np.log([[0.5, 0.25], [0.001, 0.1]])


@pytest.mark.parametrize(
    ("scale", "unit", "values"),
    [
        (AnswerScale("True"), "log-probability", LOGS[:, 0]),
        (AnswerScale("True", "False"), "log-odds", np.log([2.0, 0.01])),
        (AnswerScale("True", "", "probability"), "probability", [0.5, 0.001]),
        (AnswerScale("True", "False", "probability"), "probability", [2 / 3, 1 / 101]),
    ],
)
def test_scores_by_definition(scale, unit, values):
    assert scale.unit == unit
    np.testing.assert_allclose(scale.combine(LOGS[:, : len(scale.answers)]), values, rtol=1e-12)


def test_directions_name_the_answers():
    assert AnswerScale("True", "False").toward == ("“False”", "“True”")
    assert AnswerScale("True").toward == ("other answers", "“True”")
    assert AnswerScale("").toward[1] == "the model's own answer"


def test_extreme_odds_stay_finite():
    assert AnswerScale("a", "b", "probability").combine(np.array([[-2000.0, 0.0], [0.0, -2000.0]])).tolist() == [0, 1]


def test_wrong_settings_are_refused():
    with pytest.raises(InputError, match="scale='odds' does not exist"):
        AnswerScale("a", "b", "odds")
    with pytest.raises(InputError, match="must differ"):
        AnswerScale("a", "a")


class Parrot(AnswerBackend):
    """Says the last word of a text."""

    name, title, summary = "parrot", "Parrot", "Says the last word."
    options = (ANSWER, AGAINST, SCALE)

    def __init__(self, answer="", against="", scale="log"):
        self.spec = ModelSpec("parrot", {"against": against, "scale": scale})
        self.choose(AnswerScale(answer, against, scale))

    def score(self, inputs):
        self.check_answer()
        return np.array([0.5 * text.endswith(self.scale.answer) for text in inputs])

    def reply(self, whole):
        return whole.split(" ")[-1]


def test_settling_takes_the_own_answer_where_none_is_given():
    backend = Parrot(against="no", scale="probability")
    with pytest.raises(InputError, match=r"no answer is given; .* backend\.settle"):
        backend.score(["is it"])
    settled = backend.settle("say yes")
    assert settled.scale == AnswerScale("yes", "no", "probability")
    assert settled.spec == ModelSpec("parrot", {"against": "no", "scale": "probability", "answer": "yes"})
    assert (settled.unit, settled.toward) == ("probability", ("“no”", "“yes”"))
    assert settled.score(["no", "yes"]).tolist() == [0, 0.5]
    assert (backend.scale.answer, "answer" in backend.spec.options) == ("", False)
    assert settled.settle("say maybe").scale == settled.scale
    assert settled.probe("say yes") is None  # a model on this machine need not be tried


def test_an_own_answer_that_cannot_be_scored_is_refused():
    with pytest.raises(InputError, match="own answer is empty"):
        Parrot().settle("")
    with pytest.raises(InputError, match="must differ"):
        Parrot(against="no").settle("say no")


@pytest.mark.parametrize("kind", [kind for kind in backends().values() if issubclass(kind, AnswerBackend)])
def test_every_such_backend_offers_the_three_options(kind):
    names = [option.name for option in kind.options]
    assert names[names.index("answer") :][:3] == ["answer", "against", "scale"]
