"""Engine: budgets honoured, determinism, honest test masks, cancellation, resume, bad models."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spex_core
from spex_core.arrays import Samples
from spex_core.engine.design import plan_run
from spex_core.estimation.registry import estimators
from spex_core.fourier.masks import all_masks, row_keys


def mixed(masks):
    """Main effects, a negative pair and a triple on the first six features."""
    kept = masks.astype(float)
    pair, triple = kept[:, 1] * kept[:, 2], kept[:, 3] * kept[:, 4] * kept[:, 5]
    return 0.5 + 2.0 * kept[:, 0] - 3.0 * pair + 1.5 * triple


class Counting:
    """Remembers every mask a model was asked for."""

    def __init__(self, function):
        self.function = function
        self.masks = []

    def __call__(self, masks):
        self.masks.append(masks)
        return self.function(masks)

    @property
    def rows(self):
        return np.concatenate(self.masks)


@pytest.mark.slow
@pytest.mark.parametrize("name", estimators())
@pytest.mark.parametrize(("n", "budget"), [(6, 64), (6, 200), (12, 900), (30, 1344)])
def test_no_mask_twice_and_never_over_budget(name, n, budget):
    model = Counting(mixed)
    if name == "exact" and n == 30:
        with pytest.raises(spex_core.InputError, match="at most 20 features"):
            spex_core.explain(model, n, budget=budget, estimator=name, max_order=3)
        return
    if name == "exact" and 2**n > budget:
        with pytest.raises(spex_core.BudgetError, match="4096"):
            spex_core.explain(model, n, budget=budget, estimator=name, max_order=3)
        return
    explanation = spex_core.explain(model, n, budget=budget, estimator=name, max_order=3)
    assert len(set(row_keys(model.rows))) == len(model.rows) == explanation.evaluations <= budget
    assert explanation.spectrum.max_order <= 3
    assert np.isfinite(explanation.faithfulness)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["auto", *[name for name in estimators() if name != "exact"]])
def test_same_seed_same_explanation_bit_for_bit(name):
    one, two = (spex_core.explain(mixed, 14, budget=900, estimator=name, seed=7, max_order=3) for _ in range(2))
    assert one.spectrum.supports == two.spectrum.supports
    assert one.spectrum.coefficients.tobytes() == two.spectrum.coefficients.tobytes()
    assert one.draws.tobytes() == two.draws.tobytes()
    assert one.faithfulness_report == two.faithfulness_report
    other = spex_core.explain(mixed, 14, budget=900, estimator=name, seed=8, max_order=3)
    assert other.spectrum.coefficients.tobytes() != one.spectrum.coefficients.tobytes()


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 8), seed=st.integers(0, 999), data=st.data())
def test_exact_wherever_the_cube_fits(n, seed, data):
    values = np.array(data.draw(st.lists(st.floats(-9, 9, width=32), min_size=2**n, max_size=2**n)))
    table = dict(zip(row_keys(all_masks(n)), values, strict=True))
    function = lambda masks: np.array([table[key] for key in row_keys(masks)])  # noqa: E731
    explanation = spex_core.explain(function, n, budget=2**n, max_order=8, seed=seed)
    assert np.allclose(explanation.predict(all_masks(n)), values, atol=1e-9)
    assert explanation.evaluations == 2**n
    assert explanation.faithfulness == pytest.approx(1.0)


@pytest.mark.parametrize("name", [name for name, kind in estimators().items() if not kind.first_order_only])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_whoever_is_asked_a_whole_cube_is_transformed(name, n):
    explanation = spex_core.explain(
        lambda m: m.all(axis=1) - 2.0 * m[:, 0], n, budget=2**n, estimator=name, max_order=n
    )
    assert explanation.estimator == "exact"
    assert explanation.requested_estimator == name
    assert explanation.faithfulness == pytest.approx(1.0)
    assert explanation.draws.shape[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("budget", [100, 700, 1500])
@pytest.mark.parametrize("name", ["auto", "banzhaf", "proxyspex"])
def test_test_masks_are_never_fitted(name, budget):
    """Poisoning the values on the test masks must not change what is found, only the score.

    Where rows of the fit take part in the score (`n_crossed`), the poison that fits share is taken for bad luck.
    """
    design = plan_run(25, budget, name, 3, 0)
    poisoned = set(row_keys(design.masks[design.test]))
    assert poisoned
    assert not poisoned & set(row_keys(design.plan.masks))

    def poison(masks):
        values = mixed(masks)
        values[[key in poisoned for key in row_keys(masks)]] += 100.0
        return values

    honest = spex_core.explain(mixed, 25, budget=budget, estimator=name, max_order=3)
    fooled = spex_core.explain(poison, 25, budget=budget, estimator=name, max_order=3)
    assert honest.spectrum.coefficients.tobytes() == fooled.spectrum.coefficients.tobytes()
    assert honest.predicting.coefficients.tobytes() == fooled.predicting.coefficients.tobytes()
    assert honest.faithfulness_report.n_test == len(design.test)
    assert honest.faithfulness > -1
    if honest.faithfulness_report.n_crossed:
        assert abs(fooled.faithfulness - honest.faithfulness) > 0.01
    else:
        assert fooled.faithfulness < -1


@pytest.mark.parametrize("level", [0.0, -3.25])
@pytest.mark.parametrize("name", estimators())
@pytest.mark.parametrize("n", [1, 2, 5, 12, 40])
def test_constant_models_have_no_effect_and_no_exception(level, name, n):
    if name == "exact" and n > 12:
        pytest.skip("exact refuses n above 20, tested elsewhere")
    budget = max(2**n, 4) if n <= 12 else 2200
    explanation = spex_core.explain(lambda m: np.full(len(m), level), n, budget=budget, estimator=name)
    assert explanation.interactions("FSII") == []
    assert explanation.faithfulness == 1.0
    assert explanation.predict(np.ones((2, n), dtype=bool)).tolist() == [level, level]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", estimators())
def test_one_feature_is_exact(name, seed):
    explanation = spex_core.explain(lambda m: np.where(m[:, 0], 5.0, 2.0), 1, budget=2, estimator=name, seed=seed)
    assert explanation.spectrum.to_dict() == pytest.approx({(): 3.5, (0,): -1.5}, abs=1e-6)
    assert explanation.evaluations == 2


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 9, 17, 100, 517, 1024])
@pytest.mark.parametrize("budget", [20, 150, 1100])
def test_any_size_any_budget(n, budget):
    if n == 1024 and budget == 1100:
        budget = 600
    explanation = spex_core.explain(
        lambda m: m[:, 0] * 2.0 - m[:, -1], n, budget=budget if n > 2 else min(budget, 4), max_order=2
    )
    assert np.isfinite(explanation.faithfulness)
    assert explanation.evaluations <= budget


@pytest.mark.parametrize("name", ["spex", "spex-hard"])
def test_below_the_minimum_the_error_names_it_and_it_works(name):
    with pytest.raises(spex_core.BudgetError, match='use estimator="auto"') as caught:
        spex_core.explain(mixed, 30, budget=100, estimator=name)
    minimum = caught.value.minimum
    assert str(minimum) in str(caught.value)
    assert spex_core.explain(mixed, 30, budget=minimum, estimator=name).evaluations <= minimum
    with pytest.raises(spex_core.BudgetError):
        spex_core.explain(mixed, 30, budget=minimum - 1, estimator=name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"budget": 0}, "budget=0"),
        ({"budget": 10.5}, "not a whole number"),
        ({"budget": True}, "not a whole number"),
        ({"n_features": 0}, "between 1 and 1024"),
        ({"n_features": 1025}, "between 1 and 1024"),
        ({"n_features": "not"}, "one label per feature"),
        ({"estimator": "spexx"}, "did you mean 'spex'"),
        ({"estimator": 3}, "neither a name nor an Estimator"),
        ({"max_order": 0}, "max_order=0"),
        ({"max_order": 99}, "max_order=99"),
        ({"seed": -1}, "seed=-1"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_wrong_arguments_are_named_before_the_model_is_called(arguments, words):
    model = Counting(mixed)
    with pytest.raises(spex_core.InputError, match=words):
        spex_core.explain(model, **{"n_features": 8, "budget": 100, **arguments})
    assert model.masks == []


def test_labels_are_kept_and_identity_is_the_position():
    labels = ["very"] * 12
    explanation = spex_core.explain(mixed, labels, budget=4096, max_order=3)
    assert explanation.features == tuple(labels)
    assert {i.features for i in explanation.interactions("Moebius")} == {(0,), (1, 2), (3, 4, 5)}


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_stops_the_run_and_keeps_what_is_paid(wrong):
    calls = []

    def breaks(masks):
        calls.append(len(masks))
        values = mixed(masks)
        if len(calls) == 3:
            values[[2, 5]] = wrong
        return values

    with pytest.raises(spex_core.ModelOutputError, match="rows 2, 5") as caught:
        spex_core.explain(breaks, 20, budget=500, batch_size=50)
    assert caught.value.rows == (2, 5)
    assert len(caught.value.samples) == 148  # those without fault of the third batch too
    assert len(calls) == 3


@pytest.mark.parametrize(
    "answer",
    [
        lambda m: np.zeros((len(m), 2)),
        lambda m: np.zeros(len(m) + 1),
        lambda m: 1.0,
        lambda m: None,
        lambda m: ["a"] * len(m),
        lambda m: np.zeros(len(m), dtype=complex),
        lambda m: [[1.0], [2.0, 3.0]],
    ],
)
def test_wrong_shapes_and_types_are_typed_errors(answer):
    with pytest.raises(spex_core.ModelOutputError):
        spex_core.explain(answer, 5, budget=32)


@pytest.mark.parametrize("convert", [lambda v: v[:, None], list, lambda v: v.astype(np.float32)])
def test_harmless_shapes_and_types_are_accepted(convert):
    plain = spex_core.explain(mixed, 6, budget=64)
    other = spex_core.explain(lambda m: convert(mixed(m)), 6, budget=64)
    assert np.allclose(plain.spectrum.coefficients, other.spectrum.coefficients)


def test_a_model_that_raises_keeps_what_is_paid_and_resumes():
    calls = []

    def breaks(masks):
        calls.append(len(masks))
        if len(calls) == 3:
            raise OSError("gone")
        return mixed(masks)

    with pytest.raises(spex_core.ModelError, match="OSError: gone") as caught:
        spex_core.explain(breaks, 20, budget=500, batch_size=50)
    assert isinstance(caught.value.__cause__, OSError)
    paid = caught.value.samples
    assert len(paid) == 100
    again = Counting(mixed)
    resumed = spex_core.explain(again, 20, budget=500, batch_size=50, known=paid)
    assert len(again.rows) == resumed.evaluations - 100
    direct = spex_core.explain(mixed, 20, budget=500)
    assert resumed.spectrum.coefficients.tobytes() == direct.spectrum.coefficients.tobytes()
    seen = []
    spex_core.explain(again, 20, budget=500, known=paid, on_progress=seen.append)
    assert (seen[0].done, seen[0].stage) == (100, "evaluate")


def test_models_cannot_change_the_plan():
    def vandal(masks):
        values = mixed(masks)
        masks[:] = True
        return values

    assert (
        spex_core.explain(vandal, 6, budget=64).spectrum.supports
        == spex_core.explain(mixed, 6, budget=64).spectrum.supports
    )


@pytest.mark.parametrize("name", ["auto", "spex", "banzhaf", "proxyspex"])
def test_cancel_stops_within_one_batch_and_explains_what_is_paid(name):
    model = Counting(mixed)
    explanation = spex_core.explain(
        model, 30, budget=1400, estimator=name, batch_size=100, should_stop=lambda: len(model.masks) >= 5
    )
    assert len(model.masks) == 5
    assert explanation.evaluations == 500
    assert not explanation.complete
    assert any("stopped after 500" in note for note in explanation.notes)
    assert explanation.faithfulness > 0.3
    if name == "spex":
        assert any("whole plan" in note for note in explanation.notes)


def test_progress_counts_up_and_previews_sharpen():
    seen = []
    spex_core.explain(mixed, 30, budget=1400, batch_size=50, on_progress=seen.append, previews=True)
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert seen[-1].stage == "done"
    assert {progress.total for progress in seen} == {seen[-1].done}
    assert all(progress.stage == "evaluate" for progress in seen[:-2])


class Clock:
    """Time that passes while the model is asked, and then only."""

    now = 0.0

    def perf_counter(self):
        return self.now


def test_previews_are_honest_estimates(monkeypatch):
    clock, previews = Clock(), []
    for module in ("evaluation", "explain", "fitting"):
        monkeypatch.setattr(f"spex_core.engine.{module}.time", clock)

    def slow(masks):
        clock.now += 0.05
        return mixed(masks)

    spex_core.explain(
        slow, 30, budget=1400, batch_size=50, previews=True, on_progress=lambda p: previews.append(p.preview)
    )
    early = [preview for preview in previews if preview is not None]
    assert early
    assert all(not preview.complete and preview.faithfulness_report.n_test > 0 for preview in early)


def test_known_samples_of_other_masks_are_ignored():
    stray = Samples(np.ones((1, 6), dtype=bool), np.array([mixed(np.ones((1, 6), dtype=bool))[0]]))
    model = Counting(mixed)
    spex_core.explain(model, 6, budget=64, known=stray)
    assert len(model.rows) == 63
