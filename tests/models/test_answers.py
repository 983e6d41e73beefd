import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.answers import AnswerScale

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
