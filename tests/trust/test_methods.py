"""Methods side by side on the same passes."""

import sys

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import InputError, ModelError
from spex_core.fourier import faithfulness
from spex_core.fourier.masks import row_keys
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust import methods
from spex_core.trust.baseline import Baseline, baselines
from spex_core.trust.methods import Method, known_methods, run_method, run_method_live
from spex_core.trust.passes import Passes

N = 10


def function(masks):
    return 1.0 + 2.0 * masks[:, 0] - masks[:, 3] + 3.0 * (masks[:, 1] & masks[:, 2])


@pytest.fixture(scope="module")
def passes():
    design = Passes.planned(N, 400, 3, 4)
    return Passes.evaluated(design, Samples(design.masks, function(design.masks)))


@pytest.fixture(scope="module")
def whole():
    design = Passes.planned(4, 16, 3, 4)
    return Passes.evaluated(design, Samples(design.masks, function(design.masks)))


def only(name, max_order=3):
    (method,) = methods.methods(N, 150, max_order, [name])
    return method


def test_everything_the_page_promises_is_listed():
    assert list(known_methods()) == [
        "lime",
        "kernel-shap",
        "banzhaf",
        "faith-banzhaf",
        "faith-shapley",
        "shapley-taylor",
        "smt",
        "spex-hard",
        "spex",
        "proxyspex",
        "auto",
    ]
    assert {method.name for method in methods.methods(N, 150, 3)} == set(known_methods())


def test_orders_are_listed_up_to_the_first_that_cannot_run():
    assert [m.order for m in methods.methods(N, 150, 4, ["faith-banzhaf"])] == [1, 2, 3]  # 176 terms at order 3
    assert [m.order for m in methods.methods(N, 150, 1, ["faith-banzhaf"])] == [1]
    assert [m.order for m in methods.methods(2, 150, 4, ["faith-banzhaf"])] == [1, 2]
    assert [m.order for m in methods.methods(N, 150, 4, ["shapley-taylor"])] == [1]
    assert [m.order for m in methods.methods(4, 14, 4, ["shapley-taylor"])] == [1, 2, 3, 4]
    assert [m.title for m in methods.methods(N, 150, 1, ["lime", "banzhaf-2"])] == ["LIME", "Banzhaf, order 2"]
    assert [m.order for m in methods.methods(N, 150, 1, ["auto", "auto", "spex"])] == [None, None]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("faith-banzaf", "did you mean 'faith-banzhaf'"),
        ("lime-2", "lime offers order 1, not 2"),
        ("smt-3", "smt offers order that of the run, not 3"),
        ("exact", "does not exist"),
        ("", "does not exist"),
    ],
)
def test_unknown_methods_are_named_with_a_hint(name, words):
    with pytest.raises(InputError, match=words):
        methods.methods(N, 150, 3, [name])


@pytest.mark.parametrize(
    "name", ["lime", "kernel-shap", "banzhaf-2", "faith-banzhaf-2", "faith-shapley-2", "spex-hard"]
)
def test_every_method_is_judged_on_the_same_unseen_masks(name, passes):
    outcome = run_method(only(name), passes, 0)
    assert outcome.reason == ""
    assert outcome.seconds > 0
    assert outcome.r2.n_test == len(passes.unseen)
    predicted = outcome.spectrum.predict(passes.unseen.masks)
    assert outcome.r2.r2 == pytest.approx(faithfulness.r_squared(passes.unseen.values, predicted))
    again = run_method(only(name), passes, 0)
    assert again.spectrum.coefficients.tobytes() == outcome.spectrum.coefficients.tobytes()


def test_what_is_of_second_order_is_found_by_second_order_baselines_only(passes):
    r2 = {name: run_method(only(name), passes, 0).r2.r2 for name in ("faith-banzhaf-1", "faith-banzhaf-2", "auto")}
    assert r2["faith-banzhaf-1"] < 0.95
    assert r2["faith-banzhaf-2"] == pytest.approx(1.0, abs=1e-6)
    assert r2["auto"] > 0.99


def test_reasons_are_given_and_nothing_is_raised(passes):
    few = passes.reduced(100)
    for name in ("faith-banzhaf-4", "shapley-taylor-2", "smt", "spex"):
        outcome = run_method(only(name), few, 0)
        assert outcome.reason.endswith(".")
        assert outcome.r2 is None
        assert outcome.spectrum is None
    assert run_method(only("spex"), few, 0).reason == "It needs 384 passes for 10 features; these are 100."


def test_spex_needs_its_whole_plan():
    design = Passes.planned(N, 600, 1, 0)
    stopped = Passes.evaluated(design, Samples(design.masks[:300], function(design.masks[:300])))
    assert "planned passes" in run_method(only("spex"), stopped, 0).reason
    assert run_method(only("auto"), stopped, 0).reason == ""


def test_where_all_masks_are_known_shapley_taylor_is_exact_and_says_what_it_is_judged_on(whole):
    (method,) = methods.methods(4, len(whole.training), 3, ["shapley-taylor-2"])
    outcome = run_method(method, whole, 0)
    assert outcome.r2.n_test == 16
    assert outcome.r2.r2 == pytest.approx(1.0)
    assert "all 16 passes" in " ".join(outcome.notes)


@pytest.mark.parametrize(("name", "package"), [("lime", "lime"), ("kernel-shap", "shap"), ("faith-shapley", "shapiq")])
def test_a_missing_package_is_a_reason(name, package, passes, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    outcome = run_method(only(name, 1), passes, 0)
    assert f"pip install {package}==" in outcome.reason
    assert outcome.r2 is None


class Stand(Baseline):
    name, title, package = "stand", "Stand", "lime"
    error: Exception | None = None

    def fit(self, samples, order, rng):
        if self.error is not None:
            raise self.error
        return Spectrum.from_terms(N, [()], [float(rng.random())])


@pytest.mark.parametrize("error", [ValueError("singular"), MemoryError(), InputError("too few"), ImportError("broken")])
def test_a_failing_baseline_is_a_reason(error, passes, monkeypatch):
    monkeypatch.setattr(methods, "baselines", lambda: {"stand": Stand})
    monkeypatch.setattr(Stand, "error", error)
    outcome = run_method(Method("stand", "Stand", 1, "lime"), passes, 0)
    assert outcome.reason
    assert outcome.spectrum is None


def test_the_seed_is_the_baselines_only_randomness(passes, monkeypatch):
    monkeypatch.setattr(methods, "baselines", lambda: {"stand": Stand})
    method = Method("stand", "Stand", 1, "lime")
    one, same, other = (run_method(method, passes, seed).spectrum.constant for seed in (1, 1, 2))
    assert one == same != other


class Model:
    """Counts the distinct masks it is asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, masks):
        self.asked += row_keys(masks)
        return function(masks)


@pytest.mark.parametrize("name", ["lime", "kernel-shap", "faith-shapley-2", "shapley-taylor-2", "smt"])
def test_with_a_model_at_hand_a_method_chooses_its_own_passes(name, passes):
    before = np.random.get_state()[1].tolist()
    model = Model()
    outcome = run_method_live(only(name), model, passes, 0)
    assert outcome.reason == ""
    assert len(set(model.asked)) == len(model.asked) <= len(passes.training)
    assert outcome.notes == (f"Made of {len(model.asked):,} passes of its own choice.",)
    assert outcome.r2.n_test == len(passes.unseen)
    assert outcome.seconds > 0
    again = run_method_live(only(name), Model(), passes, 0)
    assert again.spectrum.coefficients.tobytes() == outcome.spectrum.coefficients.tobytes()
    assert np.random.get_state()[1].tolist() == before
    if name in ("faith-shapley-2", "shapley-taylor-2", "smt"):
        assert outcome.r2.r2 == pytest.approx(1.0, abs=1e-3)  # the function is of second order


def test_methods_content_with_uniform_passes_ask_nothing(passes):
    model = Model()
    for name in ("banzhaf-1", "faith-banzhaf-2", "spex"):
        live, stored = run_method_live(only(name), model, passes, 0), run_method(only(name), passes, 0)
        assert live.spectrum.coefficients.tobytes() == stored.spectrum.coefficients.tobytes()
    assert model.asked == []


def test_too_small_a_budget_of_its_own_is_a_reason(passes):
    few = passes.reduced(40)
    model = Model()
    assert "needs" in run_method_live(only("shapley-taylor-2"), model, few, 0).reason
    assert "smallest design" in run_method_live(only("smt"), model, few, 0).reason
    assert "Kernel SHAP" in run_method_live(only("shapley-taylor-1"), model, few, 0).reason
    assert model.asked == []


@pytest.mark.parametrize("name", ["lime", "kernel-shap", "faith-shapley-1", "smt"])
def test_what_the_model_raises_is_not_a_reason(name, passes):
    def broken(masks):
        raise ModelError("the server is gone")

    with pytest.raises(ModelError, match="the server is gone"):
        run_method_live(only(name), broken, passes, 0)


@pytest.mark.parametrize("kind", sorted(baselines()))
def test_a_thousand_features_of_its_own_choice_are_refused_before_they_take_memory(kind):
    order = 2 if len(baselines()[kind].orders) > 1 else 1
    reason = baselines()[kind]().reason_live(1000, 3000, order)
    assert (reason == "") == (kind in ("kernel-shap", "lime", "smt"))
    if baselines()[kind].orders:
        assert "no groups of 3" in baselines()[kind]().reason_live(2, 3000, 3)


def test_tight_fits_say_so(passes):
    assert "follows chance" in " ".join(run_method(only("faith-banzhaf-2", 2), passes.reduced(100), 0).notes)
    assert run_method(only("faith-banzhaf-1"), passes, 0).notes == ()
    assert np.isfinite(run_method(only("faith-banzhaf-2"), passes.reduced(100), 0).r2.r2)
