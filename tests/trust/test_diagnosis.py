"""What the Faithfulness page draws, by brute force."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import Samples
from spex_core.engine.explain import explain
from spex_core.explanation.result import Interaction
from spex_core.fourier import conversions
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.diagnosis import (
    balance_by_order,
    budget_ladder,
    energy_by_order,
    predicted_against_actual,
    r2_by_budget,
    r2_by_kept,
    r2_by_listed,
    residuals_by_hidden,
)
from spex_core.trust.passes import Passes

VALUES = st.floats(-10, 10).filter(lambda v: v == 0 or abs(v) > 1e-3)


@st.composite
def spectra(draw):
    n = draw(st.integers(1, 6))
    supports = draw(st.sets(st.sets(st.integers(0, n - 1), max_size=4).map(lambda s: tuple(sorted(s))), max_size=10))
    return Spectrum.from_dict(n, {support: draw(VALUES) for support in sorted(supports)})


def random_spectrum(n, terms, seed=0):
    rng = np.random.default_rng(seed)
    found = {(): 1.0}
    while len(found) < terms + 1:
        support = tuple(sorted(rng.choice(n, int(rng.integers(1, 4)), replace=False).tolist()))
        found[support] = float(rng.normal())
    return Spectrum.from_dict(n, found)


def noisy(spectrum, masks, deviation=0.5, seed=1):
    noise = np.random.default_rng(seed).normal(size=len(masks))
    return Samples(masks, spectrum.predict(masks) + deviation * noise)


@pytest.fixture(scope="module")
def passes():
    """A run of ten features, two of which act together."""

    def function(masks):
        x = masks.astype(float)
        return x @ np.arange(-4.0, 6.0) + 8.0 * x[:, 1] * x[:, 7] + x.sum(axis=1) % 2.0

    design = Passes.planned(10, 200, max_order=2, seed=0)
    return Passes.evaluated(design, Samples(design.masks, function(design.masks)))


def test_each_point_is_the_strongest_terms_alone():
    spectrum = random_spectrum(6, 12)
    unseen = noisy(spectrum, all_masks(6))
    curve = r2_by_kept(spectrum, unseen)
    assert curve.kept.tolist() == list(range(13))
    strongest = sorted((s for s in spectrum.supports if s), key=lambda s: -abs(spectrum.to_dict()[s]))
    assert curve.supports == tuple(strongest)
    for count, r2 in zip(curve.kept.tolist(), curve.r2, strict=True):
        alone = {s: spectrum.to_dict()[s] for s in [(), *strongest[:count]]}
        predicted = Spectrum.from_dict(6, alone).predict(unseen.masks)
        assert r2 == pytest.approx(r_squared(unseen.values, predicted), abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(spectra())
def test_over_all_masks_what_is_lost_is_the_energy_left_out(spectrum):
    masks = all_masks(spectrum.n_features)
    curve = r2_by_kept(spectrum, Samples(masks, spectrum.predict(masks)))
    energy = np.array([spectrum.to_dict()[s] ** 2 for s in curve.supports])
    assert np.isfinite(curve.r2).all()
    assert curve.r2[-1] == pytest.approx(1.0)
    if energy.sum() > 0:
        kept = np.concatenate([[0.0], np.cumsum(energy)]) / energy.sum()
        assert curve.r2 == pytest.approx(kept, abs=1e-6)


def test_many_terms_are_tried_on_a_logarithmic_scale():
    spectrum = random_spectrum(40, 3000)
    masks = np.random.default_rng(0).random((50, 40)) < 0.5
    curve = r2_by_kept(spectrum, noisy(spectrum, masks), most_points=40)
    assert len(curve.kept) <= 45
    assert curve.kept[:21].tolist() == list(range(21))
    assert curve.kept[-1] == 3000
    assert (np.diff(curve.kept) > 0).all()
    assert curve.r2[-1] == pytest.approx(predicted_against_actual(spectrum, noisy(spectrum, masks)).r2)


def test_terms_out_of_order_are_ranked_all_the_same():
    shuffled = Spectrum(3, [(1,), (), (0,), (0, 2)], np.array([0.5, 4.0, -2.0, 1.0]))
    masks = all_masks(3)
    curve = r2_by_kept(shuffled, Samples(masks, shuffled.predict(masks)))
    assert curve.supports == ((0,), (0, 2), (1,))
    assert curve.r2 == pytest.approx([0.0, 4 / 5.25, 5 / 5.25, 1.0])


def test_listed_terms_say_which_are_told_from_zero():
    """Features 0 to 4 lie 23 standard deviations from zero and more, 5 to 9 at most 1.1."""
    design = Passes.planned(10, 200, max_order=2, seed=0)
    values = 4.0 * design.masks[:, :5].sum(axis=1) + np.random.default_rng(2).normal(size=len(design.masks))
    passes = Passes.evaluated(design, Samples(design.masks, values))
    result = passes.fitted("banzhaf")
    curve = r2_by_listed(result, passes.unseen)
    clear = {i.features: i.significant for i in result.interactions("Fourier")}
    assert curve.significant.tolist() == [clear[support] for support in curve.supports]
    assert len(curve.supports) == 10
    told = {support for support, yes in zip(curve.supports, curve.significant.tolist(), strict=True) if yes}
    assert told == {(0,), (1,), (2,), (3,), (4,)}
    assert curve.r2[-1] == pytest.approx(passes.judge(result.spectrum).r2)


def test_predictions_stand_beside_what_the_model_said():
    spectrum = random_spectrum(5, 6)
    unseen = noisy(spectrum, all_masks(5))
    seen = predicted_against_actual(spectrum, unseen)
    assert np.array_equal(seen.predicted, spectrum.predict(unseen.masks))
    assert np.array_equal(seen.actual, unseen.values)
    assert seen.hidden.tolist() == [5 - int(mask.sum()) for mask in unseen.masks]
    assert seen.r2 == 1 - ((seen.actual - seen.predicted) ** 2).sum() / ((seen.actual - seen.actual.mean()) ** 2).sum()


@settings(deadline=None, max_examples=25)
@given(spectra(), st.integers(1, 12), st.integers(0, 5))
def test_residuals_by_hidden_features(spectrum, most_bins, seed):
    rng = np.random.default_rng(seed)
    masks = rng.random((int(rng.integers(2, 60)), spectrum.n_features)) < 0.5
    unseen = noisy(spectrum, masks, seed=seed)
    found = residuals_by_hidden(spectrum, unseen, most_bins)
    assert 1 <= len(found.count) <= most_bins + 1
    assert found.count.sum() == len(unseen)
    assert (found.fewest[1:] > found.most[:-1]).all()
    for i in range(len(found.count)):
        inside = []
        for mask, value in zip(unseen.masks, unseen.values, strict=True):
            if found.fewest[i] <= spectrum.n_features - mask.sum() <= found.most[i]:
                inside.append(value - spectrum.predict(mask[None])[0])
        mean = sum(inside) / len(inside)
        assert found.count[i] == len(inside)
        assert found.mean[i] == pytest.approx(mean, abs=1e-9)
        deviation = (sum((r - mean) ** 2 for r in inside) / len(inside)) ** 0.5
        assert found.deviation[i] == pytest.approx(deviation, abs=1e-9)
        assert found.rms[i] == pytest.approx((sum(r**2 for r in inside) / len(inside)) ** 0.5, abs=1e-9)


def test_bins_of_a_long_input_hold_about_as_many_masks():
    masks = np.random.default_rng(0).random((400, 1000)) < 0.5
    found = residuals_by_hidden(Spectrum.from_dict(1000, {(): 0.0}), Samples(masks, np.zeros(400)))
    assert 8 <= len(found.count) <= 12
    assert found.count.min() >= 400 / 12 / 2


@settings(deadline=None, max_examples=25)
@given(spectra())
def test_energies_add_up_to_the_variance(spectrum):
    values = spectrum.predict(all_masks(spectrum.n_features))
    assert sum(e.raising + e.lowering for e in energy_by_order(spectrum)) == pytest.approx(values.var(), abs=1e-9)


def test_energy_has_the_sign_of_the_banzhaf_interaction():
    for order in (1, 2, 3):
        support = tuple(range(order))
        spectrum = Spectrum.from_dict(4, {(): 3.0, support: 0.5})
        supports, values = conversions.convert(4, spectrum.supports, spectrum.coefficients, "BII")
        index = dict(zip(supports, values.tolist(), strict=True))[support]
        (found,) = energy_by_order(spectrum)
        assert found.order == order
        assert (found.raising, found.lowering) == ((0.25, 0.0) if index > 0 else (0.0, 0.25))


def test_the_balance_of_a_list():
    listed = [
        Interaction((0,), 3.0),
        Interaction((1,), -1.0),
        Interaction((2,), 5.0, significant=False),
        Interaction((0, 1), -2.0),
        Interaction((0, 2), 2.0),
        Interaction((0, 1, 2), 1.0, significant=False),
    ]
    one, two, three = balance_by_order(listed)
    assert (one.order, one.count, one.significant, one.positive, one.negative) == (1, 3, 2, 1, 1)
    assert (one.up, one.down, one.cancels) == (3.0, -1.0, 0.5)
    assert (two.up, two.down, two.cancels) == (2.0, -2.0, 1.0)
    assert (three.count, three.significant, three.up, three.down, three.cancels) == (1, 0, 0.0, 0.0, 0.0)
    assert balance_by_order([]) == ()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 3), VALUES, st.booleans()), max_size=12))
def test_what_cancels_is_a_share(rows):
    listed = [Interaction(tuple(range(order)), value, significant=clear) for order, value, clear in rows]
    for found in balance_by_order(listed):
        values = [i.value for i in listed if i.order == found.order and i.significant]
        assert found.up + found.down == pytest.approx(sum(values))
        assert found.positive + found.negative <= found.significant == len(values)
        left = abs(sum(values))
        total = sum(abs(value) for value in values)
        assert found.cancels == pytest.approx(1 - left / total if total else 0.0, abs=1e-9)
        assert 0.0 <= found.cancels <= 1.0


def test_the_ladder_of_budgets():
    assert budget_ladder(2000) == (125, 250, 500, 1000, 2000)
    assert budget_ladder(40) == (20, 40)
    assert budget_ladder(5) == (5,)
    assert budget_ladder(800, steps=2) == (400, 800)


def test_every_estimator_at_every_budget(passes):
    seen = []
    points = r2_by_budget(passes, ["banzhaf", "spex", "gp"], [200, 50, 100], seen.append)
    assert points == seen
    assert [(p.budget, p.estimator) for p in points] == [
        (b, e) for b in (50, 100, 200) for e in ("banzhaf", "spex", "gp")
    ]
    for point in points:
        if point.estimator == "spex":
            assert point.report is None
            assert "spex needs" in point.reason
            continue
        own = passes.fitted(point.estimator, point.budget)
        assert point.report == passes.judge(own.predicting)
        assert point.report.n_test == len(passes.unseen)
        assert point.fitted == len(passes.reduced(point.budget).training)
        assert point.terms == len([s for s in own.predicting.supports if s])
        assert point.seconds > 0
        assert point.reason == ""


def test_the_curve_by_budget_stops_when_asked(passes):
    seen = []
    points = r2_by_budget(passes, ["banzhaf"], [50, 100, 200], seen.append, lambda: len(seen) == 2)
    assert [point.budget for point in points] == [50, 100]
    assert r2_by_budget(passes, ["banzhaf"], [200], should_stop=lambda: True) == []
    (none,) = r2_by_budget(passes, ["banzhaf"], [500])
    assert none.report is None
    assert "between 3 and 200" in none.reason


@pytest.mark.parametrize("n", [1, 4])
def test_a_constant_function_has_no_nan_anywhere(n):
    result = explain(lambda masks: np.full(len(masks), 2.0), n, 20)
    masks = all_masks(n)
    unseen = Samples(masks, np.full(len(masks), 2.0))
    curve = r2_by_listed(result, unseen)
    assert curve.r2.tolist() == [1.0]
    assert curve.significant.tolist() == []
    assert predicted_against_actual(result.predicting, unseen).r2 == 1.0
    found = residuals_by_hidden(result.predicting, unseen)
    for name in ("mean", "deviation", "rms"):
        assert np.array_equal(getattr(found, name), np.zeros(len(found.count)))
    assert energy_by_order(result.predicting) == ()
    assert balance_by_order(result.interactions()) == ()


def test_nothing_at_all_is_predicted():
    empty = Spectrum.from_dict(3, {})
    unseen = Samples(all_masks(3), np.arange(8.0))
    assert r2_by_kept(empty, unseen).r2 == pytest.approx([r_squared(unseen.values, np.zeros(8))])
    assert energy_by_order(empty) == ()
    assert replace(residuals_by_hidden(empty, unseen)).count.tolist() == [1, 3, 3, 1]
