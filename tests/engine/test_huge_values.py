"""A value so far outside that it would be all there is to explain is left out and named; nothing else is."""

import json

import numpy as np
import pytest

import spex_core
from spex_core.arrays import Samples
from spex_core.engine.design import plan_run
from spex_core.engine.explain import explain_passes
from spex_core.engine.outliers import outlying
from spex_core.fourier.faithfulness import BELOW_PRECISION
from spex_core.fourier.masks import draw_distinct
from spex_core.trust.methods import Method, run_method
from spex_core.trust.passes import Passes
from spex_core.views.shown import Shown
from spex_core.views.summary import summary
from spex_core.views.trust import trust

N, BUDGET = 12, 200
WORDS = [f"word{k}" for k in range(N)]


def plain(masks):
    masks = np.asarray(masks)
    return 1.0 + masks[:, 0] - 2.0 * (masks[:, 1] & masks[:, 2]) + 0.1 * np.sin(100.0 * (masks @ np.arange(1, 1 + N)))


def design(estimator="auto", n=N, budget=BUDGET):
    return plan_run(n, budget, estimator, 3, 0)


def saying(huge, planned):
    """`plain`, but for the rows of a design that are keys of `huge`, at which it says their values."""
    at = {planned.masks[row].tobytes(): value for row, value in huge.items()}

    def function(masks):
        return np.array([at.get(mask.tobytes(), value) for mask, value in zip(masks, plain(masks), strict=True)])

    return function


def explained(huge, estimator="gp", **arguments):
    function = saying(huge, design(estimator))
    return spex_core.explain(function, WORDS, BUDGET, estimator, max_order=3, **arguments)


def left_out(explanation):
    return [note for note in explanation.notes if "left out" in note]


def names(note, mask):
    """Whether a note tells which mask is meant."""
    rows = np.flatnonzero(~mask if "hidden" in note.partition(" the model says")[0] else mask)
    return all(f"“word{row}” ({row})" in note for row in rows) and note.count("“word") == len(rows)


TRAINING, TEST = design().training.tolist(), design().test.tolist()
KINDS = {
    "one": {TRAINING[9]: 1e30},
    "one below": {TRAINING[9]: -1e30},
    "the smallest that swallows": {TRAINING[9]: 1e7},
    "1e15": {TRAINING[40]: 1e15},
    "the largest there is": {TRAINING[40]: 1e100},
    "two of opposite sign": {TRAINING[9]: 1e30, TRAINING[77]: -1e30},
    "two of other size": {TRAINING[9]: 1e30, TRAINING[77]: 1e12},
    "kept apart": {TEST[3]: 1e30},
    "one kept apart, one not": {TEST[3]: 1e30, TRAINING[9]: -1e15},
    "three alike": {TRAINING[9]: -1e9, TRAINING[77]: -1e9, TRAINING[100]: -1e9},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_is_left_out_and_named_and_the_rest_explained(kind):
    huge = KINDS[kind]
    found = explained(huge)
    said = left_out(found)
    assert len(said) == len(huge)
    for row, value in huge.items():
        assert any(names(note, design().masks[row]) and f"{value:.3g}" in note for note in said)
    assert found.faithfulness > 0.98
    assert {(1, 2), (0,)} <= {each.features for each in found.interactions() if each.significant}
    assert abs(found.output_full) < 10
    assert found.evaluations == BUDGET
    assert found.complete
    fresh = draw_distinct(N, 300, np.random.default_rng(1))
    assert np.abs(found.predict(fresh) - plain(fresh)).max() < 0.5
    assert spex_core.Explanation.from_json(found.to_json()).notes == found.notes


@pytest.mark.parametrize("estimator", ["auto", "spex", "proxyspex", "banzhaf", "lime"])
def test_every_estimator_is_spared(estimator):
    budget = 400 if estimator == "spex" else BUDGET
    planned = design(estimator, budget=budget)
    function = saying({int(planned.training[9]): 1e30, int(planned.training[50]): -1e15}, planned)
    found, clean = (spex_core.explain(f, WORDS, budget, estimator, max_order=3) for f in (function, plain))
    assert len(left_out(found)) == 2
    assert found.estimator == clean.estimator
    assert found.faithfulness > clean.faithfulness - 0.05


@pytest.mark.parametrize("row", [0, 1, 100])
def test_where_every_mask_is_known_the_others_are_explained_all_the_same(row):
    planned = plan_run(8, 256, "auto", 3, 0)
    at = {planned.masks[row].tobytes(): 1e30}

    def function(masks):
        values = 1.0 + masks[:, 0] - 2.0 * (masks[:, 1] & masks[:, 2])
        return np.array([at.get(mask.tobytes(), value) for mask, value in zip(masks, values, strict=True)])

    found = spex_core.explain(function, 8, 256, max_order=3)
    assert len(left_out(found)) == 1
    assert not found.covers_all_masks
    assert found.faithfulness > 0.98
    assert {each.features for each in found.interactions()[:2]} == {(1, 2), (0,)}


def test_it_is_said_on_the_page_and_by_the_command_line():
    found = explained(KINDS["one"])
    (note,) = left_out(found)
    assert note in trust(Shown(found, "FBII", None))["notes"]
    assert f"note: {note}" in list(summary(found))


def test_the_same_comes_of_a_run_that_was_resumed():
    huge = {**KINDS["two of opposite sign"], **KINDS["kept apart"]}
    whole = explained(huge)
    function = saying(huge, design())
    early = []
    stopped = spex_core.explain(
        function,
        WORDS,
        BUDGET,
        "gp",
        max_order=3,
        batch_size=20,
        should_stop=lambda: len(early) >= 4,
        on_samples=early.append,
    )
    assert not stopped.complete
    known = Samples(np.concatenate([s.masks for s in early]), np.concatenate([s.values for s in early]))
    resumed = explained(huge, known=known)
    assert _told(resumed) == _told(whole)
    assert _told(explain_passes(design("gp"), _all(huge))) == _told(whole) | {"features": list(map(str, range(N)))}


def _all(huge):
    masks = design().masks
    return Samples(masks, saying(huge, design())(masks))


def _told(explanation):
    told = json.loads(explanation.to_json())
    return {key: told[key] for key in ("features", "spectrum", "faithfulness", "output", "evaluations")}


def test_early_estimates_are_spared_too():
    shown = []
    explained(
        {TRAINING[9]: 1e30, 0: -1e15},
        previews=True,
        batch_size=20,
        on_progress=lambda progress: progress.preview and shown.append(progress.preview),
    )
    assert shown
    assert all(np.abs(preview.spectrum.coefficients).max() < 100 for preview in shown)
    assert shown[-1].output_full == -1e15


def test_other_looks_at_the_passes_are_spared_too():
    huge = {TRAINING[9]: 1e30, TEST[3]: -1e20}
    passes, clean = (Passes.evaluated(design(), _all(each)) for each in (huge, {}))
    assert clean.usual is clean
    assert passes.fitted("gp").faithfulness > 0.98
    assert passes.variance == pytest.approx(clean.variance, rel=0.05)
    for method in (Method("banzhaf", "", 1), Method("faith-banzhaf", "", 2, "shapiq")):
        spared, without = (run_method(method, each, 0).r2.r2 for each in (passes, clean))
        assert spared == pytest.approx(without, abs=0.2)


def _cube(n):
    return np.array([[bool(code >> k & 1) for k in range(n)] for code in range(2**n)])


RNG = np.random.default_rng(3)
MANY = draw_distinct(40, 1000, RNG)
NORMAL = RNG.normal(size=40)
LEGIT = {
    "a conjunction of all, 0 elsewhere": (_cube(10), lambda m: 1.0 * m.all(axis=1)),
    "a huge conjunction of all": (_cube(10), lambda m: 1e9 * m.all(axis=1)),
    "a conjunction of eight": (MANY, lambda m: 1e30 * m[:, :8].all(axis=1)),
    "a conjunction of eight and a small rest": (MANY, lambda m: 1e9 * m[:, :8].all(axis=1) + m @ NORMAL),
    "one feature that is everything": (MANY, lambda m: 1e30 * m[:, 0] + m[:, 1]),
    "one in a thousand, rounding elsewhere": (MANY, lambda m: (np.arange(len(m)) == 7) + 1e-16 * (m @ NORMAL)),
    "a probability that one mask alone brings about": (
        MANY,
        lambda m: np.where(np.arange(len(m)) == 7, 0.9, 1e-9 * np.exp(m @ NORMAL)),
    ),
    "an offset": (MANY, lambda m: 1e15 + m[:, 0]),
    "an offset that one mask leaves": (MANY, lambda m: 1e15 + m[:, 0] * 0.125 + (np.arange(len(m)) == 7)),
    "exponentials": (MANY, lambda m: np.exp(3.0 * (m @ NORMAL))),
    "a product": (MANY, lambda m: np.prod(np.where(m, 5.0, 1.0), axis=1)),
    "a polynomial": (MANY, lambda m: (m @ NORMAL) ** 9),
    "Cauchy noise": (MANY, lambda m: np.random.default_rng(5).standard_cauchy(len(m))),
    "half there, half not": (MANY, lambda m: np.where(m[:, 3], -1e20, m @ NORMAL)),
    "all the same": (MANY, lambda m: np.full(len(m), 3.0)),
}


@pytest.mark.parametrize("name", LEGIT)
def test_what_a_function_may_do_is_no_outlier(name):
    masks, function = LEGIT[name]
    values = function(masks)
    assert not len(outlying(masks, values))
    assert not len(outlying(masks, -values))


def test_a_transform_loses_nothing_to_a_value_that_leaves_the_others_their_digits():
    def function(masks):
        return 1e9 * masks[:, :6].all(axis=1) + 1.0 * masks[:, 7]

    found = spex_core.explain(function, 8, 256, max_order=8)
    assert found.estimator == "exact"
    assert not left_out(found)
    assert {(0, 1, 2, 3, 4, 5), (7,)} <= {each.features for each in found.interactions("Moebius")}


def test_too_few_values_say_nothing_against_one():
    masks = MANY[:23]
    values = np.where(np.arange(23) == 7, 1e30, masks @ NORMAL)
    assert not len(outlying(masks, values))


def test_masks_too_long_to_spell_out_are_told_by_their_beginning():
    n = 90
    planned = plan_run([f"a {'very ' * 20}long label {k}" for k in range(n)], 300, "auto", 2, 0)
    values = planned.masks[:, 0] + 0.1 * planned.masks[:, 1]
    values[planned.training[9]] = 1e30
    (note,) = left_out(explain_passes(planned, Samples(planned.masks, values)))
    assert " more " in note
    assert len(note) < 700
    assert "\n" not in note


@pytest.mark.parametrize("unit", [1e-150, 1e-200, 1e-300])
def test_small_values_are_not_said_to_differ_below_their_precision(unit):
    def weighted(masks):
        return unit * (masks[:, 0] - 2.0 * masks[:, 1])

    def nearly_level(masks):
        return unit * (1e15 + weighted(masks) / unit)

    assert not any(BELOW_PRECISION in note for note in spex_core.explain(weighted, 8, budget=100).notes)
    assert any(BELOW_PRECISION in note for note in spex_core.explain(nearly_level, 8, budget=100).notes)
