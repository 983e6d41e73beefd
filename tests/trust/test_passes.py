"""The passes of a run, fitted again."""

from dataclasses import replace

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.coding.layouts import CodedLayout
from spex_core.engine.design import plan_run
from spex_core.engine.explain import explain
from spex_core.errors import BudgetError, InputError
from spex_core.explanation.sources import TextSource
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import all_masks, draw_distinct, row_keys
from spex_core.models.base import ModelSpec
from spex_core.trust.passes import Passes


def function(masks):
    """Exact in floating point, whatever rows are asked together."""
    x = masks.astype(float)
    single = x @ np.round(np.linspace(-4.0, 6.0, x.shape[1]))
    return single + 9.0 * x[:, 0] * x[:, -1] - 6.0 * x[:, 1] * x[:, 2] + x.sum(axis=1) % 3.0


def run(n, budget, estimator="gp", *, stop=None, known=None, seed=3, max_order=3, of=function):
    """An explanation and what was paid for, known ones included."""
    paid = [] if known is None else [known]
    count = 0

    def keep(samples):
        nonlocal count
        paid.append(samples)
        count += len(samples)

    explanation = explain(
        of,
        n,
        budget,
        estimator,
        max_order,
        seed,
        should_stop=lambda: stop is not None and count >= stop,
        batch_size=10,
        known=known,
        on_samples=keep,
    )
    return explanation, together(*paid)


def together(*parts):
    return Samples(np.concatenate([part.masks for part in parts]), np.concatenate([part.values for part in parts]))


def shuffled_with_more(samples, seed=0):
    """In any order, and with passes of other runs in between."""
    rng = np.random.default_rng(seed)
    more = draw_distinct(samples.masks.shape[1], 40, rng, row_keys(samples.masks))
    everything = together(samples, Samples(more, function(more)))
    return everything.take(rng.permutation(len(everything)))


def same_result(one, other):
    assert one.spectrum.supports == other.spectrum.supports
    for name in ("draws", "resampled"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(one.spectrum.coefficients, other.spectrum.coefficients)
    assert np.array_equal(one.predicting.coefficients, other.predicting.coefficients)
    for name in ("faithfulness_report", "listed_report", "output_full", "output_empty", "notes", "complete"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("estimator", "requested_estimator", "budget", "evaluations", "max_order", "seed", "features"):
        assert getattr(one, name) == getattr(other, name), name


@pytest.fixture(scope="module")
def finished():
    """A finished run of 20 features."""
    return run(20, 260)


@pytest.fixture(scope="module")
def stopped():
    """The same, stopped after 150 passes."""
    return run(20, 260, stop=150)


@pytest.fixture(scope="module")
def cube():
    """A run that evaluated all 2^7 masks."""
    return run(7, 500)


@pytest.fixture(scope="module")
def automatic():
    """A small run by the default estimator, whose judge uses more than the unseen masks."""
    return run(7, 85, "auto")


@pytest.mark.parametrize("which", ["automatic", "finished", "stopped"])
def test_fitting_again_gives_the_runs_own_result(which, request):
    explanation, samples = request.getfixturevalue(which)
    again = Passes.of(explanation, shuffled_with_more(samples)).fitted(explanation.requested_estimator)
    same_result(again, explanation)


def test_coded_passes_decode_again():
    explanation, samples = run(24, 500, "spex", max_order=2)
    passes = Passes.of(explanation, samples)
    assert isinstance(passes.plan.layout, CodedLayout)
    assert not passes.set_aside
    same_result(passes.fitted("spex"), explanation)


def test_unseen_passes_are_those_that_the_run_set_aside(finished):
    explanation, samples = finished
    passes = Passes.of(explanation, shuffled_with_more(samples))
    assert len(passes.unseen) == explanation.faithfulness_report.n_test
    assert passes.made == explanation.evaluations == 260
    assert passes.whole
    assert not set(row_keys(passes.unseen.masks)) & set(row_keys(passes.training.masks))
    assert np.array_equal(passes.training.values, function(passes.training.masks))
    assert passes.training.masks[0].all()
    assert not passes.training.masks[1].any()
    assert passes.variance == pytest.approx(samples.values[2:].var(), rel=0.3)


@pytest.mark.parametrize("budget", [120, 60])
def test_a_smaller_budget_is_what_a_run_of_it_would_have_been(finished, budget):
    explanation, samples = finished
    passes = Passes.of(explanation, samples)
    smaller = passes.reduced(budget)
    design = plan_run(20, budget, "auto", 3, 3)
    assert np.array_equal(smaller.training.masks, design.masks[design.training])
    assert smaller.unseen is passes.unseen
    assert set(row_keys(design.masks[design.test])) <= set(row_keys(passes.unseen.masks))
    own, _ = run(20, budget)
    again = passes.fitted("gp", budget)
    assert np.array_equal(again.predicting.coefficients, own.predicting.coefficients)
    assert (again.budget, again.evaluations) == (budget, budget)
    assert passes.judge(own.predicting).n_test == len(passes.unseen) > own.faithfulness_report.n_test


def test_a_run_that_was_extended(finished):
    first, samples = finished
    second, more = run(20, 400, known=samples)
    same_result(Passes.of(second, more).fitted("gp"), second)
    same_result(Passes.of(first, more).fitted("gp"), first)
    own, extended = Passes.of(first, samples), Passes.of(second, more)
    assert np.array_equal(extended.reduced(260).training.masks, own.training.masks)


def test_a_stopped_run_stays_fair(stopped):
    explanation, samples = stopped
    passes = Passes.of(explanation, samples)
    assert not passes.whole
    assert passes.made == 150
    smaller = passes.reduced(80)
    assert not smaller.whole
    assert len(smaller.training) == len(plan_run(20, 80, "auto", 3, 3).training)
    assert set(row_keys(smaller.training.masks)) < set(row_keys(passes.training.masks))
    assert np.isfinite(smaller.judge(smaller.fitted("gp").predicting).r2)


def test_coded_estimators_refuse_what_they_cannot_decode():
    design = Passes.planned(24, 500, max_order=2)
    made = design.masks[:300]
    passes = Passes.evaluated(design, Samples(made, function(made)))
    for part in (passes, passes.reduced(450)):
        assert "spex needs all" in part.reason("spex")
        with pytest.raises(InputError, match="spex needs all"):
            part.fitted("spex")
        assert part.reason("gp") == ""


def test_the_runs_own_way_or_the_automatic_one(finished, cube):
    explanation, samples = finished
    same_result(Passes.of(explanation, samples).refitted(), explanation)
    exact, everything = cube
    asked = replace(exact, requested_estimator="exact")
    again = Passes.of(asked, everything).refitted()
    assert again.requested_estimator == "auto"
    assert "instead of exact: exact needs 128 passes" in again.notes[-1]
    foreign = replace(explanation, requested_estimator="somebody's own", evaluations=40)
    again = Passes.of(foreign, samples.take(np.arange(40))).refitted()
    assert "instead of somebody's own" in again.notes[-1]
    assert again.estimator == "gp"


def test_a_tenth_is_set_aside_where_all_masks_are_known(cube):
    explanation, samples = cube
    passes = Passes.of(explanation, shuffled_with_more(samples))
    assert passes.set_aside
    assert passes.budget == passes.made == 128
    assert len(passes.unseen) == 20
    known = row_keys(passes.training.masks) + row_keys(passes.unseen.masks)
    assert sorted(known) == sorted(row_keys(all_masks(7)))
    assert passes.training.masks[0].all()
    assert not passes.training.masks[1].any()
    again = Passes.of(explanation, samples)
    assert np.array_equal(again.unseen.masks, passes.unseen.masks)
    other = Passes.of(replace(explanation, seed=4), samples)
    assert not np.array_equal(other.unseen.masks, passes.unseen.masks)


def test_what_is_set_aside_judges_refits(cube):
    passes = Passes.of(*cube)
    result = passes.fitted("gp")
    assert result.faithfulness_report.n_test == 20
    assert 0.9 < passes.judge(result.predicting).r2 < 1.0
    assert passes.reason("spex") == ""
    assert passes.judge(passes.fitted("spex").predicting).r2 > 0.9
    assert "126" not in passes.reason("exact")
    assert "exact needs 128 passes" in passes.reason("exact")
    smaller = passes.reduced(64)
    assert set(row_keys(smaller.training.masks)) < set(row_keys(passes.training.masks))
    assert smaller.unseen is passes.unseen
    assert np.isfinite(smaller.judge(smaller.fitted("gp").predicting).r2)


def test_a_stopped_run_of_all_masks_has_some_set_aside(cube):
    explanation, samples = run(7, 500, stop=40)
    assert explanation.faithfulness_report.n_test == 0
    passes = Passes.of(explanation, samples)
    assert passes.set_aside
    assert passes.made == 40
    assert not passes.whole
    assert len(passes.fitted("gp").spectrum) > 1


@pytest.mark.parametrize("n", [1, 2])
def test_two_features_leave_nothing_to_set_aside(n):
    explanation, samples = run(n, 10, of=lambda masks: masks.sum(axis=1))
    with pytest.raises(InputError, match=f"{2**n} passes are too few"):
        Passes.of(explanation, samples)


def test_three_features_are_enough():
    passes = Passes.of(*run(3, 10))
    assert (len(passes.training), len(passes.unseen)) == (6, 2)
    assert np.isfinite(passes.judge(passes.fitted("gp").predicting).r2)


def test_passes_of_another_run_are_refused(finished):
    explanation, samples = finished
    with pytest.raises(InputError, match="259 of the 260 passes of this run are stored here"):
        Passes.of(explanation, samples.take(np.arange(1, 260)))
    with pytest.raises(InputError, match="0 of the 260"):
        Passes.of(explanation, Samples.empty(20))
    _, others = run(20, 300, "banzhaf", seed=4)
    with pytest.raises(InputError, match="of the 260 passes"):
        Passes.of(explanation, others)
    with pytest.raises(InputError, match="masks of 5 features do not fit a run of 20"):
        Passes.of(explanation, Samples(all_masks(5), np.zeros(32)))


def test_what_cannot_be_fitted_is_named(finished):
    passes = Passes.of(*finished)
    with pytest.raises(BudgetError, match="260 is below"):
        passes.fitted("spex")
    assert passes.reason("auto") == ""
    assert "does not exist" in passes.reason("nothing")
    for budget in (261, 0):
        with pytest.raises(InputError, match="between 3 and 260"):
            passes.reduced(budget)
    assert passes.reduced(None) is passes.reduced(260) is passes


def test_a_design_can_be_paid_for_without_a_run():
    design = Passes.planned(["a", "b", "c", "d", "e", "f", "g"], 60, max_order=2, seed=1)
    passes = Passes.evaluated(design, Samples(design.masks, function(design.masks)))
    assert passes.labels == tuple("abcdefg")
    assert passes.made == 60
    assert passes.fitted("banzhaf").features == passes.labels
    with pytest.raises(InputError, match="everything kept and everything hidden"):
        Passes.evaluated(design, Samples(design.masks[1:], function(design.masks[1:])))


def test_the_judge_is_the_plain_formula(finished):
    passes = Passes.of(*finished)
    spectrum = passes.fitted("banzhaf").predicting
    report = passes.judge(spectrum)
    assert report.r2 == r_squared(passes.unseen.values, spectrum.predict(passes.unseen.masks))
    assert report.low <= report.r2 <= report.high
    assert report.n_test == len(passes.unseen)
    assert report == passes.judge(spectrum)


def test_a_refit_speaks_in_the_words_of_the_run(finished):
    explanation, samples = finished
    told = replace(
        explanation,
        value_unit="log-odds",
        toward=("negative", "positive"),
        model=ModelSpec("minilm-sentiment"),
        source=TextSource("x", (), "word", "unk"),
    )
    again = Passes.of(told, samples).fitted("banzhaf", 100)
    assert (again.value_unit, again.toward, again.model, again.source) == (
        told.value_unit,
        told.toward,
        told.model,
        told.source,
    )


def test_a_constant_function():
    passes = Passes.of(*run(8, 60, of=lambda masks: np.full(len(masks), 2.5)))
    assert passes.variance == 0.0
    for estimator in ("auto", "banzhaf", "gp"):
        assert passes.judge(passes.fitted(estimator).predicting).r2 == 1.0
