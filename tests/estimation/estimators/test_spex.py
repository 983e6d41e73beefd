"""SPEX end to end on functions with a known spectrum."""

from itertools import combinations

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.coding.plan import nominal_rows
from spex_core.estimation.estimators.spex import Spex, SpexHard
from spex_core.fourier.masks import all_masks, draw_distinct, row_keys
from spex_core.fourier.spectrum import evaluate, walsh_columns


def explain(estimator, n, rows, values_of, max_order=5, seed=0, set_aside=300):
    """Fit on a plan that had to stay away from test masks; the spectrum and those masks."""
    rng = np.random.default_rng(seed)
    corners = np.array([[True] * n, [False] * n])
    tests = draw_distinct(n, set_aside, rng, row_keys(corners))
    plan = estimator.plan(n, rows, max_order, rng, row_keys(corners) + row_keys(tests))
    assert len(plan.masks) <= rows
    masks = np.concatenate([corners, plan.masks])
    return estimator.fit(Samples(masks, values_of(masks)), plan, max_order, rng).spectrum, tests


def sparse_function(n, sparsity, rng, kind):
    chosen = set()
    while len(chosen) < sparsity:
        pool = min(n, 15) if kind == "hierarchical" else n
        base = sorted(rng.choice(pool, int(rng.integers(1, 6)), replace=False).tolist())
        family = (
            [base] if kind != "hierarchical" else [s for d in range(1, len(base) + 1) for s in combinations(base, d)]
        )
        chosen.update([s for s in map(tuple, family) if s not in chosen][: sparsity - len(chosen)])
    coefficients = rng.normal(size=sparsity) if kind == "gauss" else rng.choice([-1.0, 1.0], sparsity)
    return sorted(chosen), coefficients


def r2(values, predicted):
    return 1 - ((values - predicted) ** 2).sum() / ((values - values.mean()) ** 2).sum()


@pytest.mark.parametrize(
    ("n", "sparsity", "kind", "seed"),
    [
        (20, 10, "gauss", 1),
        (20, 200, "hierarchical", 2),
        (64, 100, "equal", 3),
        (128, 200, "gauss", 4),
        (256, 50, "hierarchical", 5),
        (256, 200, "equal", 6),
        (1000, 200, "gauss", 7),
    ],
)
def test_noise_free_sparse_functions_at_nine_tenths_of_the_b_7_budget(n, sparsity, kind, seed):
    supports, coefficients = sparse_function(n, sparsity, np.random.default_rng(seed), kind)
    values_of = lambda masks: evaluate(masks, supports, coefficients, n)  # noqa: E731
    rows = int(np.ceil(0.9 * nominal_rows(n, 5, 7)))
    spectrum, tests = explain(Spex(), n, rows, values_of, seed=seed)
    assert r2(values_of(tests), spectrum.predict(tests)) >= 0.999
    assert set(spectrum.supports) - {()} <= set(supports)


@pytest.mark.parametrize(("n", "sparsity", "kind", "least"), [(64, 100, "equal", 0.99), (100, 100, "gauss", 0.95)])
def test_recovery_at_10_db(n, sparsity, kind, least):
    rng = np.random.default_rng(8)
    supports, coefficients = sparse_function(n, sparsity, rng, kind)
    noise = np.sqrt((coefficients**2).sum() / 10)
    clean = lambda masks: evaluate(masks, supports, coefficients, n)  # noqa: E731
    spectrum, tests = explain(
        Spex(), n, nominal_rows(n, 5, 6), lambda masks: clean(masks) + noise * rng.normal(size=len(masks))
    )
    assert r2(clean(tests), spectrum.predict(tests)) >= least
    found = set(spectrum.supports) - {()}
    assert len(found & set(supports)) >= 0.95 * len(found)


LOGIC = {
    "and of 3": (3, lambda x: x.all(axis=1)),
    "or of 4": (4, lambda x: x.any(axis=1)),
    "xor of 5": (5, lambda x: x.sum(axis=1) % 2),
    "and or xor": (4, lambda x: (x[:, 0] & x[:, 1]) | (x[:, 2] ^ x[:, 3])),
    "and xor or": (5, lambda x: x[:, :3].all(axis=1) ^ x[:, 3:].any(axis=1)),
    "choice": (3, lambda x: np.where(x[:, 0], x[:, 1], x[:, 2])),
    "majority of 5": (5, lambda x: x.sum(axis=1) >= 3),
    "sum of and, or, xor": (9, lambda x: x[:, :3].all(axis=1) * 1 + x[:, 3:6].any(axis=1) + x[:, 6:].sum(axis=1) % 2),
}


@pytest.mark.parametrize("name", LOGIC)
@pytest.mark.parametrize("estimator", [Spex(), SpexHard()], ids=["soft", "hard"])
def test_logic_on_100_features_is_exact_at_1968_masks(name, estimator):
    arity, rule = LOGIC[name]
    cube = all_masks(arity)
    local = [s for order in range(1, arity + 1) for s in combinations(range(arity), order)]
    exact = walsh_columns(cube, local).T @ rule(cube).astype(float) / len(cube)
    for seed in range(3):
        places = np.random.default_rng(100 + seed).permutation(100)[:arity]
        wanted = {
            tuple(sorted(places[list(s)].tolist())): value
            for s, value in zip(local, exact.tolist(), strict=True)
            if abs(value) > 1e-12
        }
        spectrum, _ = explain(
            estimator, 100, 1968, lambda masks, at=places: rule(masks[:, at]).astype(float), seed=seed
        )
        found = {s: c for s, c in spectrum.to_dict().items() if s}
        assert found.keys() == wanted.keys()
        assert max(abs(found[s] - wanted[s]) for s in wanted) < 1e-6


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_tiny_inputs_are_exact(n):
    table = dict(zip(row_keys(all_masks(n)), np.random.default_rng(n).normal(size=2**n), strict=True))
    values_of = lambda masks: np.array([table[key] for key in row_keys(masks)])  # noqa: E731
    spectrum, _ = explain(Spex(), n, Spex().minimum(n, 5), values_of, set_aside=0)
    cube = all_masks(n)
    np.testing.assert_allclose(spectrum.predict(cube), values_of(cube), atol=1e-12)


@pytest.mark.parametrize("n", [5, 11, 36, 300, 1024])
@pytest.mark.parametrize("cap", [1, 2, 8])
def test_minimum_budget_works_and_max_order_is_a_cap(n, cap):
    rng = np.random.default_rng(n + cap)
    weights = rng.normal(size=n)
    spectrum, _ = explain(
        Spex(),
        n,
        Spex().minimum(n, cap),
        lambda m: m[:, :3].all(axis=1) + 0.3 * (m[:, :4] @ weights[:4]),
        cap,
        set_aside=0,
    )
    assert spectrum.max_order <= cap
    assert np.isfinite(spectrum.coefficients).all()


def test_whole_plan_is_needed():
    assert Spex.needs_whole_plan
    assert (Spex.name, SpexHard.name) == ("spex", "spex-hard")
