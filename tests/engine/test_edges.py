"""Values at the edge of what a float64 holds: explained as ordinary ones are, or refused at the first batch."""

import json

import numpy as np
import pytest
import torch

import spex_core
from spex_core.arrays import Samples
from spex_core.engine.checking import LARGEST_VALUE
from spex_core.fourier.masks import Known
from spex_core.views.explorer import payload
from spex_core.views.report import report
from spex_core.views.side_by_side import side_by_side

pytestmark = pytest.mark.slow

ESTIMATORS = ("auto", "spex", "proxyspex", "gp", "banzhaf", "lime", "exact")
UNITS = (2.0**-900, 2.0**-600, 2.0**-340, 2.0**200, 2.0**329)


def _function(masks):
    noise = np.sin((masks * np.arange(1, masks.shape[1] + 1)).sum(axis=1) * 100)
    return 1.0 + masks[:, 0] - 2.0 * (masks[:, 1] & masks[:, 2]) + 0.1 * noise


def _explained(unit, estimator="auto", n=10, budget=200, function=_function, **arguments):
    budget = 2**n if estimator == "exact" else budget
    return spex_core.explain(lambda m: unit * function(m), n, budget, estimator, max_order=3, **arguments)


def _read_back(explanation):
    text = explanation.to_json()
    json.loads(text, parse_constant=pytest.fail)
    again = spex_core.Explanation.from_json(text)
    assert again.to_json() == text
    return again


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_changes_nothing_but_the_unit(unit, estimator):
    n, budget = (8, 256) if estimator == "exact" else (10, 400)
    ordinary, found = (_explained(each, estimator, n, budget) for each in (1.0, unit))
    assert found.spectrum.supports == ordinary.spectrum.supports
    assert (found.spectrum.coefficients == unit * ordinary.spectrum.coefficients).all()
    assert (found.output_full, found.output_empty) == (unit * ordinary.output_full, unit * ordinary.output_empty)
    assert found.faithfulness_report == ordinary.faithfulness_report
    for index in ("FBII", "FSII", "SII", "STII", "Moebius", "SV", "Fourier"):
        mine, theirs = found.interactions(index), ordinary.interactions(index)
        assert [i.features for i in mine] == [i.features for i in theirs]
        assert [i.significant for i in mine] == [i.significant for i in theirs]
        assert [i.value for i in mine] == [unit * i.value for i in theirs]
    again = _read_back(found)
    assert again.interactions() == found.interactions()


@pytest.mark.parametrize("unit", [5e-324, 1e-320, 1e-308, 1e-182, 1e-160, 1e-31, 1e31, 1e60, 2e99])
def test_every_view_draws_it(unit):
    run, other = _explained(unit), _explained(1.0)
    data = [payload(run), side_by_side(run, other), side_by_side(other, run)]
    json.dumps(data, allow_nan=False)
    assert report(run)
    assert _read_back(run).faithfulness == run.faithfulness
    assert -1.0 <= run.faithfulness <= 1.0


@pytest.mark.parametrize(
    "function",
    [
        lambda m: np.where(m.all(axis=1), 1e100, 1e-100 * _function(m)),
        lambda m: np.where(m.all(axis=1), 1.0, 1e-182 * _function(m)),
        lambda m: np.where(m[:, 0], 1e100, -1e100),
        lambda m: np.where(m[:, 0], 1e100, 5e-324),
        lambda m: np.full(len(m), 1e100),
        lambda m: np.full(len(m), 5e-324),
        lambda m: 1e100 * (1 - 1e-15 * m[:, 0]),
        lambda m: np.exp(-420.0) * m[:, 0] + 1e-200 * m[:, 1],
    ],
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_mixed_sizes_are_explained_and_read_back(function, estimator):
    n, budget = (10, 400) if estimator == "spex" else (8, 120)
    found = _explained(1.0, estimator, n, budget, function, previews=True, batch_size=30)
    _read_back(found)
    json.dumps(payload(found), allow_nan=False)


@pytest.mark.parametrize("value", [1e101, -1e101, 1.7e308, np.nextafter(LARGEST_VALUE, np.inf)])
def test_beyond_the_range_is_refused_at_the_first_batch_with_the_range(value):
    asked = []

    def function(masks):
        asked.append(len(masks))
        return np.full(len(masks), value)

    with pytest.raises(spex_core.ModelOutputError, match=r"from -1e\+100 to 1e\+100") as caught:
        spex_core.explain(function, 10, budget=300, batch_size=20)
    assert asked == [20]
    assert caught.value.rows[0] == 0
    assert "1e100" in spex_core.explain.__doc__


@pytest.mark.parametrize("value", [LARGEST_VALUE, -LARGEST_VALUE])
def test_the_ends_of_the_range_are_accepted(value):
    found = spex_core.explain(lambda m: np.where(m[:, 0], value, -value), 6, budget=40)
    assert found.output_full == value
    _read_back(found)


def test_tensors_that_want_a_gradient_or_are_short_simply_work():
    weight = torch.ones((), dtype=torch.float64, requires_grad=True)
    wanted = _explained(1.0).to_json()
    assert (
        json.loads(_explained(1.0, function=lambda m: weight * torch.tensor(_function(m))).to_json())["spectrum"]
        == (json.loads(wanted)["spectrum"])
    )
    short = _explained(1.0, function=lambda m: torch.tensor(_function(m), dtype=torch.bfloat16, requires_grad=True))
    assert short.faithfulness > 0.9
    column = spex_core.explain(lambda m: [weight * v for v in _function(m)], 10, 200, max_order=3)
    assert column.spectrum.supports == _explained(1.0).spectrum.supports


def test_masked_entries_are_missing_answers():
    def function(masks):
        return np.ma.masked_array(_function(masks), mask=[False, True] + [False] * (len(masks) - 2))

    with pytest.raises(spex_core.ModelOutputError, match=r"masked .* in 1 of \d+ rows .*rows 1\)") as caught:
        spex_core.explain(function, 10, budget=100)
    assert caught.value.rows == (1,)
    whole = _explained(1.0, function=lambda m: np.ma.masked_array(_function(m), mask=False))
    assert whole.spectrum.supports == _explained(1.0).spectrum.supports


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e101])
@pytest.mark.parametrize("kind", [lambda samples: samples, Known.of])
def test_known_values_that_no_model_gives_are_refused_before_any_pass(value, kind):
    masks = np.array([[True] * 10, [False] * 10])
    asked = []
    known = kind(Samples(masks, np.array([1.0, value])))
    if np.isnan(value) and isinstance(known, Known):
        return  # not known
    with pytest.raises(spex_core.InputError, match=r"known .* from -1e\+100 to 1e\+100"):
        spex_core.explain(lambda m: asked.append(m) or _function(m), 10, budget=100, known=known)
    assert not asked


@pytest.mark.parametrize("words", ["\x1b[31mred\x1b[0m\r\nnext\x00line\x9b2J", "a\u2028b\u2029c\u202ed\x7f\x85"])
def test_a_models_message_is_one_line_of_visible_signs(words):
    def fails(masks):
        raise ValueError(words)

    with pytest.raises(spex_core.ModelError) as caught:
        spex_core.explain(fails, 10, budget=100)
    assert str(caught.value).isprintable()
    assert "red" in str(caught.value) or "a" in str(caught.value)

    def fails_typed(masks):
        raise spex_core.ModelError(words)

    with pytest.raises(spex_core.ModelError) as caught:
        spex_core.explain(fails_typed, 10, budget=100)
    assert str(caught.value).isprintable()
