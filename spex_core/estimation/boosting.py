"""Which interactions boosted trees see: candidate supports, ranked, their number chosen on unseen rows.

ProxySPEX (arXiv 2505.17495) fits gradient boosted trees to masked passes and reads their exact Fourier spectrum.
Two things are added here. The trees grow on what a ridge leaves over, because trees spend most of their splits
on imitating straight lines and cannot see a parity whose parts have no effect; its coefficients are then
added to the trees'. And the rows are split into folds: each fold's left-out rows say when to stop growing and
how many of the strongest terms to keep, and the coefficients of all folds' models are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spex_core.arrays import FloatArray, IntArray, Samples, Support
from spex_core.estimation.parities import outstanding
from spex_core.estimation.regression import Ridge, fit_ridge
from spex_core.estimation.trees import leaves_by_depth, read_lightgbm, spectrum_of_leaves
from spex_core.fourier.spectrum import evaluate, strongest_first, walsh_columns

if TYPE_CHECKING:
    import lightgbm

_FOLDS = 4
_SMALL = 300  # rows below which twice as many folds are used: every row left out is missed more
_SCREENINGS = 3  # rounds: what is found makes the rest quieter
_LEAVES = 12
_LEARNING_RATE = 0.1
_PATIENCE = 40
_LEAST_GAIN = 1e-5  # of the values' variance, by one tree on unseen rows
_MOST_TREES = 1200
_FEWEST_TREES = 60
_WORK = 4e9  # rows x features x trees over all folds: about 15 s on one core
WIDE = 2_000_000  # rows x features from which on folds, screenings and penalties are fewer
_FEWEST_ROWS = 12  # below, no row can be spared for choosing and no split is worth having
_MOST_TERMS = 1000
_ROWS_PER_TERM = 3
_CANDIDATES = 3000  # terms read from one fold's trees
_PENALTIES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)  # per row
_WIDE_PENALTIES = (3e-3, 3e-2)
_SLACK = 1e-3  # prefer fewer terms where the error grows by no more than this share
_LEAST_PENALTY = 1e-9
_FLAT = 1e-12
_NOTHING_LEFT = 1e-5  # standard deviation, in units of the values', that a ridge may leave of a straight line


@dataclass(frozen=True, eq=False)
class TreeTerms:
    """Terms found by boosted trees, strongest first.

    Attributes:
        supports: without the constant.
        coefficients: (k,) as in the average model; good for ranking, refit them for use.
        r2: R² of the chosen number of terms on the rows left out of each fold; 0.0 where none was left out.
        trees: mean number of trees grown per fold.
        rows: how many rows the choice was made on.
    """

    supports: list[Support]
    coefficients: FloatArray
    r2: float
    trees: float
    rows: int


def tree_spectrum(samples: Samples, max_order: int, rng: np.random.Generator, quick: bool = False) -> TreeTerms:
    """Candidate supports for any masks and values.

    Args:
        samples: any (m, n) masks, coded ones too.
        max_order: largest order of a support.
        rng: splits the rows into folds and seeds the trees.
        quick: half of the folds, for half of the time.
    """
    values = samples.values
    n, m = samples.masks.shape[1], len(samples)
    spread = float(values.std()) if m else 0.0
    if m < 2 or spread <= _FLAT * max(1e-300, float(np.abs(values).max())):
        return TreeTerms([], np.zeros(0), 1.0, 0.0, m)
    if m < _FEWEST_ROWS:
        return _single_features(samples)
    scaled = samples.with_values((values - values.mean()) / spread)
    seed = int(rng.integers(2**31 - 1))
    most = _most_terms(m, n)

    pooled: dict[Support, float] = {}
    penalties: tuple[float, ...] = _PENALTIES if m * n < WIDE else _WIDE_PENALTIES
    errors = np.zeros((len(penalties), most + 1))
    trees: list[int] = []
    tested = 0
    folds = [(scaled.take(kept), scaled.take(left_out)) for kept, left_out in _folds(m, quick or m * n >= WIDE, rng)]
    most_trees = int(np.clip(_WORK / (len(folds) * folds[0][0].masks.size), _FEWEST_TREES, _MOST_TREES))
    with ThreadPoolExecutor(2) as pool:
        grow: Callable[..., Iterable[tuple[dict[Support, float], int]]] = pool.map if m * n >= WIDE else map
        models = list(grow(lambda fold: _grow(fold[0], fold[1], max_order, most_trees, seed), folds))
    for (training, held), (terms, grown) in zip(folds, models, strict=True):
        for support, value in terms.items():
            pooled[support] = pooled.get(support, 0.0) + value / len(folds)
        errors += _errors_by_size(training, held, _ranked(terms)[:most], most, penalties)
        if not trees:  # the first fold says about where the best penalty lies
            near = _about(int(errors.min(axis=1).argmin()), len(penalties))
            penalties, errors = penalties[near], errors[near]
        trees.append(grown)
        tested += len(held)
    count = _smallest_good(errors.min(axis=0))
    supports = _ranked(pooled)[:count]
    r2 = 1.0 - float(errors.min(axis=0)[count]) / tested
    return TreeTerms(supports, spread * np.array([pooled[s] for s in supports]), r2, float(np.mean(trees)), m)


def supports_again(samples: Samples, max_order: int, chosen: TreeTerms, rng: np.random.Generator) -> list[Support]:
    """Candidate supports, strongest first, with what `chosen` says of fewer of the same rows: no row is left out.

    A quarter of the work of `tree_spectrum`. More rows bear proportionally more terms, and somewhat more trees.
    """
    m, n = len(samples), samples.masks.shape[1]
    scaled = samples.with_values((samples.values - samples.values.mean()) / float(samples.values.std()))
    share = m / chosen.rows
    trees = round(chosen.trees * np.sqrt(share))
    terms, _ = _grow(scaled, None, max_order, trees, int(rng.integers(2**31 - 1)))
    return _ranked(terms)[: min(round(len(chosen.supports) * share), _most_terms(m, n))]


def _most_terms(m: int, n: int) -> int:
    return max(min(_MOST_TERMS, m // _ROWS_PER_TERM), min(n, m))


def _single_features(samples: Samples) -> TreeTerms:
    """Too few rows to choose by: every feature alone, ranked by correlation."""
    singles: list[Support] = [(i,) for i in range(samples.masks.shape[1])]
    centred = samples.values - samples.values.mean()
    coefficients = walsh_columns(samples.masks, singles).T @ centred / len(samples)
    terms = dict(zip(singles, coefficients.tolist(), strict=True))
    ranked = _ranked(terms)
    return TreeTerms(ranked, np.array([terms[support] for support in ranked]), 0.0, 0.0, len(samples))


def _folds(m: int, half: bool, rng: np.random.Generator) -> Iterator[tuple[IntArray, IntArray]]:
    """(kept rows, left-out rows) pairs, or the first half of them."""
    shuffled = rng.permutation(m)
    count = _FOLDS if m >= _SMALL else min(2 * _FOLDS, m)
    for fold in range(count // 2 if half else count):
        left_out = np.sort(shuffled[fold::count])
        yield np.setdiff1d(shuffled, left_out), left_out


def _grow(
    training: Samples, held: Samples | None, max_order: int, most_trees: int, seed: int
) -> tuple[dict[Support, float], int]:
    """Support -> coefficient of ridge plus trees, and the number of trees; the constant is left out."""
    ridge = _first_fit(training, max_order)
    terms: dict[Support, float] = dict(zip(ridge.supports, ridge.coefficients.tolist(), strict=True))
    rest = _left_over(ridge, training)
    if max_order < 2 or most_trees < 1 or float(rest.values.std()) <= _NOTHING_LEFT:
        return terms, 0
    model, trees = _boost(rest, None if held is None else _left_over(ridge, held), max_order, most_trees, seed)
    if trees:
        n = training.masks.shape[1]
        supports, coefficients = spectrum_of_leaves(leaves_by_depth(read_lightgbm(model)), n, max_order, _CANDIDATES)
        for support, value in zip(supports, coefficients.tolist(), strict=True):
            if support:
                terms[support] = terms.get(support, 0.0) + value
    return terms, trees


def _left_over(ridge: Ridge, samples: Samples) -> Samples:
    """What a ridge leaves of the values."""
    fitted = evaluate(samples.masks, ridge.supports, ridge.coefficients, samples.masks.shape[1])
    return samples.with_values(samples.values - ridge.intercept - fitted)


def _first_fit(training: Samples, max_order: int) -> Ridge:
    """Ridge on single features, and on pairs and triples that stand out by themselves."""
    n = training.masks.shape[1]
    supports: list[Support] = [(i,) for i in range(n)]
    wide = training.masks.size >= WIDE // 2
    for _ in range(1 if wide else _SCREENINGS):
        ridge = fit_ridge(training, supports, None, anchor_weight=1.0)
        rest = training.values - ridge.intercept - evaluate(training.masks, ridge.supports, ridge.coefficients, n)
        room = len(training) // _ROWS_PER_TERM - len(supports)
        found = [support for support in outstanding(training.masks, rest, max_order) if support not in supports]
        if not found or room <= 0 or float(rest.std()) <= _NOTHING_LEFT:
            return ridge
        supports = supports + found[:room]
    known = max(ridge.penalty, _LEAST_PENALTY) if wide else None  # choosing one is most of the work
    return fit_ridge(training, supports, None, anchor_weight=1.0, penalty=known)


def _boost(training: Samples, held: Samples | None, max_order: int, most: int, seed: int) -> tuple[str, int]:
    """LightGBM model text and its number of trees: as many as are best on `held`, or `most` where there is none."""
    import lightgbm

    settings = {
        "objective": "regression",
        "metric": "l2",
        "learning_rate": _LEARNING_RATE,
        "max_depth": max_order,
        "num_leaves": min(_LEAVES, 2**max_order),
        "min_data_in_leaf": max(1, min(10, len(training) // 20)),
        "min_data_in_bin": 1,
        "min_sum_hessian_in_leaf": 0.0,
        "max_bin": 2,
        "bin_construct_sample_cnt": 1000,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    data = _dataset(training, settings)
    if held is None:
        booster = lightgbm.train(settings, data, most)
        return booster.model_to_string(), booster.num_trees()
    test = _dataset(held, settings, data)
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False, min_delta=_LEAST_GAIN)
    booster = lightgbm.train(settings, data, most, valid_sets=[test], callbacks=[stop])
    trees = int(booster.best_iteration)
    return booster.model_to_string(num_iteration=trees), trees


def _dataset(samples: Samples, settings: dict[str, Any], like: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    import lightgbm

    masks = samples.masks.astype(np.float32)
    return lightgbm.Dataset(masks, samples.values, weight=samples.weights, reference=like, params=settings)


def _ranked(terms: dict[Support, float]) -> list[Support]:
    supports = sorted(terms, key=lambda support: (len(support), support))
    return [supports[row] for row in strongest_first(np.array([terms[support] for support in supports]))]


def _errors_by_size(
    training: Samples, held: Samples, supports: list[Support], most: int, penalties: tuple[float, ...]
) -> FloatArray:
    """Squared error on `held` of ridges on the first 0, 1, 2, ... supports, (penalties, most + 1).

    One Cholesky factor serves every number of terms: the factor of a leading block is the leading block of
    the factor, so predictions of growing models are running sums.
    """
    from scipy.linalg import cholesky, solve_triangular

    columns, held_columns = walsh_columns(training.masks, supports), walsh_columns(held.masks, supports)
    means, level = columns.mean(axis=0), float(training.values.mean())
    columns -= means
    held_columns -= means
    gram, moments = columns.T @ columns, columns.T @ (training.values - level)
    out = np.empty((len(penalties), most + 1))
    for row, penalty in enumerate(penalties):
        factor = cholesky(gram + penalty * len(training) * np.eye(len(supports)), lower=True)
        weights = solve_triangular(factor, moments, lower=True)
        steps = solve_triangular(factor, held_columns.T, lower=True) * weights[:, None]
        predictions = np.concatenate([np.zeros((1, len(held))), np.cumsum(steps, axis=0)])
        errors = ((held.values - level - predictions) ** 2).sum(axis=1)
        out[row, : len(errors)] = errors
        out[row, len(errors) :] = errors[-1]
    return out


def _about(best: int, count: int) -> slice:
    """`best` and its neighbours among `count`."""
    return slice(max(0, best - 1), min(count, best + 2))


def _smallest_good(errors: FloatArray) -> int:
    """The fewest terms whose error is hardly above the least."""
    least = float(errors.min())
    return int(np.flatnonzero(errors <= least + _SLACK * least)[0])
