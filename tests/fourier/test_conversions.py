"""Conversions against brute force over all 2^n values, against shapiq, and against the axioms."""

import time
import tracemalloc
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import ExpansionError, InputError
from spex_core.fourier.conversions import convert
from spex_core.fourier.indices import INDICES
from spex_core.fourier.spectrum import evaluate
from tests.support.indices_by_definition import brute_force, subsets

NAMES = [entry.name for entry in INDICES]
WITH_EMPTY_SET = {"Fourier", "Moebius", "STII", "FSII", "FBII"}
EFFICIENT = ["Moebius", "STII", "FSII"]


def random_spectrum(n, rng, terms=None):
    everything = subsets(range(n), range(n + 1))
    count = len(everything) if terms is None else min(terms, len(everything))
    chosen = [everything[i] for i in sorted(rng.choice(len(everything), count, replace=False))]
    return chosen, rng.normal(size=count)


def assert_equal(found, expected, atol=1e-8):
    supports, values = found
    table = dict(zip(supports, values.tolist(), strict=True))
    for s in set(table) | set(expected):
        assert table.get(s, 0.0) == pytest.approx(expected.get(s, 0.0), abs=atol), s


@pytest.mark.parametrize("index", NAMES)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_full_spectrum_matches_the_definition_at_every_order(index, n):
    supports, coefficients = random_spectrum(n, np.random.default_rng(n))
    for order in range(1, n + 2):
        expected = brute_force(n, supports, coefficients, index, order)
        assert_equal(convert(n, supports, coefficients, index, order), expected)


@pytest.mark.parametrize("index", NAMES)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_eight_features_match_the_definition(index, order):
    supports, coefficients = random_spectrum(8, np.random.default_rng(8), terms=60)
    assert_equal(convert(8, supports, coefficients, index, order), brute_force(8, supports, coefficients, index, order))


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 5),
    terms=st.integers(0, 12),
    index=st.sampled_from(NAMES),
    order=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_sparse_spectra_match_the_definition(n, terms, index, order, seed):
    supports, coefficients = random_spectrum(n, np.random.default_rng(seed), terms)
    expected = brute_force(n, supports, coefficients, index, order)
    assert_equal(convert(n, supports, coefficients, index, order), expected)


@pytest.mark.parametrize("index", ["SV", "SII", "STII", "FSII", "FBII", "BII", "Moebius"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_shapiq_agrees(index, order):
    from shapiq.game_theory.exact import ExactComputer

    n = 6
    supports, coefficients = random_spectrum(n, np.random.default_rng(order), terms=25)

    def game(coalitions):
        return evaluate(np.asarray(coalitions, dtype=bool), supports, coefficients, n)

    computer = ExactComputer(game, n)
    oracle = computer(index if index != "SV" else "SII", order if index != "SV" else 1)
    top = n if index == "Moebius" else 1 if index == "SV" else order
    found = dict(zip(*convert(n, supports, coefficients, index, top), strict=True))
    for s in subsets(range(n), range(1, top + 1)):
        assert found.get(s, 0.0) == pytest.approx(oracle[s], abs=1e-8), s


@pytest.mark.parametrize("index", ["SV", "SII", "STII", "FSII", "FBII"])
def test_shapiq_converter_agrees_on_a_wide_sparse_function(index):
    from shapiq import InteractionValues
    from shapiq.game_theory.moebius_converter import MoebiusConverter

    n, order, rng = 25, 2, np.random.default_rng(3)
    supports = sorted({tuple(sorted(rng.choice(n, size, replace=False).tolist())) for size in [1, 2, 3, 4] * 4})
    coefficients = rng.normal(size=len(supports))
    moebius = dict(zip(*convert(n, supports, coefficients, "Moebius"), strict=True))
    values = InteractionValues(
        values=moebius, index="Moebius", max_order=4, n_players=n, min_order=0, baseline_value=moebius[()]
    )
    oracle = MoebiusConverter(values)(index, order)
    found = dict(zip(*convert(n, supports, coefficients, index, order), strict=True))
    for s in subsets(range(n), range(1, order + 1)):
        assert found.get(s, 0.0) == pytest.approx(oracle[s] if s in oracle.interaction_lookup else 0.0, abs=1e-8), s


def wide_spectrum(n, count, max_order, seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, max_order + 1, size=count)
    supports = sorted({tuple(sorted(rng.choice(n, size, replace=False).tolist())) for size in sizes})
    return supports, rng.normal(size=len(supports))


@pytest.mark.parametrize("index", [*EFFICIENT, "SV"])
@pytest.mark.parametrize("n", [7, 40, 1024])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_efficiency(index, n, order):
    """Everything, the empty set included, adds up to the value with everything kept (SV: minus the empty one)."""
    supports, coefficients = wide_spectrum(n, 300, 6, seed=n)
    empty, full = evaluate(np.array([[False] * n, [True] * n]), supports, coefficients, n)
    order = 6 if index == "Moebius" else order
    found, values = convert(n, supports, coefficients, index, order)
    if index == "SV":
        assert values.sum() == pytest.approx(full - empty, abs=1e-9)
    else:
        assert values.sum() == pytest.approx(full, abs=1e-8)
        assert values[found.index(())] == pytest.approx(empty, abs=1e-9)


@pytest.mark.parametrize("index", NAMES)
def test_result_is_sorted_capped_and_free_of_repeats(index):
    supports, coefficients = wide_spectrum(300, 400, 5, seed=1)
    found, values = convert(300, supports, coefficients, index, 3)
    assert found == sorted(set(found), key=lambda s: (len(s), s))
    assert len(values) == len(found)
    assert max(map(len, found)) == (1 if index in ("SV", "BV") else 3)
    assert (() in found) == (index in WITH_EMPTY_SET)


@pytest.mark.parametrize("index", NAMES)
def test_columns_convert_as_if_alone(index):
    supports, coefficients = wide_spectrum(30, 60, 5, seed=2)
    table = np.stack([coefficients, -2 * coefficients, coefficients**2], axis=1)
    found, values = convert(30, supports, table, index, 3)
    for column in range(3):
        alone_found, alone = convert(30, supports, table[:, column], index, 3)
        assert alone_found == found
        np.testing.assert_array_equal(values[:, column], alone)
    assert convert(30, supports, table[:, :0], index, 3)[1].shape == (len(found), 0)


@settings(deadline=None, max_examples=40)
@given(index=st.sampled_from(NAMES), order=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_linear(index, order, seed):
    rng = np.random.default_rng(seed)
    supports, first = wide_spectrum(12, 20, 5, seed)
    second = rng.normal(size=len(supports))
    together = convert(12, supports, 2 * first - 3 * second, index, order)[1]
    apart = 2 * convert(12, supports, first, index, order)[1] - 3 * convert(12, supports, second, index, order)[1]
    np.testing.assert_allclose(together, apart, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(index=st.sampled_from(NAMES), order=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_renaming_features_renames_the_result(index, order, seed):
    supports, coefficients = wide_spectrum(15, 20, 5, seed)
    rename = np.random.default_rng(seed).permutation(15).tolist()
    renamed = [tuple(sorted(rename[i] for i in s)) for s in supports]
    expected = {
        tuple(sorted(rename[i] for i in s)): v
        for s, v in zip(*convert(15, supports, coefficients, index, order), strict=True)
    }
    assert_equal(convert(15, renamed, coefficients, index, order), expected)


@pytest.mark.parametrize("index", NAMES)
def test_the_order_of_terms_does_not_matter(index):
    supports, coefficients = wide_spectrum(20, 40, 4, seed=5)
    found, values = convert(20, supports, coefficients, index, 3)
    back, reversed_values = convert(20, supports[::-1], coefficients[::-1], index, 3)
    assert back == found
    np.testing.assert_allclose(reversed_values, values, atol=1e-12)


@pytest.mark.parametrize("index", NAMES)
def test_twelve_interchangeable_features_stay_twelve(index):
    """Identity is the position: equal effects never merge."""
    supports = [(i,) for i in range(12)]
    found, values = convert(12, supports, np.full(12, -0.5), index)
    assert [s for s in found if s] == supports
    expected = -0.5 if index == "Fourier" else 1.0
    np.testing.assert_allclose(values[-12:], expected)


@pytest.mark.parametrize("index", NAMES)
def test_constant_and_empty_spectra(index):
    found, values = convert(4, [()], np.array([2.5]), index)
    assert (found, values.tolist()) == (([()], [2.5]) if index in WITH_EMPTY_SET else ([], []))
    assert convert(4, [], np.zeros(0), index)[0] == []
    assert convert(4, [], np.zeros((0, 3)), index)[1].shape == (0, 3)


def test_default_order_is_the_largest_present_and_at_least_one():
    assert max(map(len, convert(9, [(1, 4, 7)], np.ones(1), "Moebius")[0])) == 3
    assert convert(9, [()], np.ones(1), "FSII")[0] == [()]


@pytest.mark.parametrize("order", [0, -1, 1.5, "2", True, float("nan")])
def test_order_must_be_a_whole_number_above_zero(order):
    with pytest.raises(InputError, match="whole number >= 1"):
        convert(3, [(0,)], np.ones(1), "SII", order)


def test_numpy_integers_are_orders():
    assert convert(3, [(0, 1)], np.ones(1), "SII", np.int64(2))[0] == [(0, 1)]


@pytest.mark.parametrize(
    "supports", [[(0, 3)], [(1, 0)], [(1, 1)], [(-1, 0)], [(-1,)], [("a",)], [(0,), (0, 9)], [(2**70,)]]
)
def test_supports_must_be_sorted_positions(supports):
    with pytest.raises(InputError, match="supports must be"):
        convert(3, supports, np.ones(len(supports)), "Moebius")


@pytest.mark.parametrize("shape", [(2,), (1, 1, 1), ()])
def test_coefficients_must_fit_the_supports(shape):
    with pytest.raises(InputError, match="need coefficients of shape"):
        convert(3, [(0,)], np.ones(shape), "SV")


@pytest.mark.slow
def test_one_term_of_order_twenty_is_bounded_in_time_and_memory():
    tracemalloc.start()
    began = time.process_time()
    found, values = convert(1000, [tuple(range(900, 920))], np.ones(1), "Moebius", 20)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 2**20
    np.testing.assert_allclose(values, (-2.0) ** np.array([len(s) for s in found]))
    assert peak < 600e6
    assert seconds < 20


@pytest.mark.parametrize("index", ["Moebius", "STII", "FSII", "FBII"])
def test_expansion_past_the_cap_is_refused_at_once_with_the_number_and_the_fix(index):
    began = time.process_time()
    with pytest.raises(ExpansionError, match=r"2,097,152 subsets.*limit is 2,000,000.*lower order"):
        convert(1000, [tuple(range(21))], np.ones(1), index)
    assert time.process_time() - began < 0.5
    assert convert(1000, [tuple(range(21))], np.ones(1), "Moebius", 2)[0][-1] == (19, 20)
    with pytest.raises(ExpansionError, match=r"about 10\^"):
        convert(1000, [tuple(range(900))], np.ones(1), index)


def test_banzhaf_interaction_never_expands_but_refuses_to_overflow():
    support = tuple(range(900))
    found, values = convert(1024, [support], np.ones(1), "BII")
    assert found == [support]
    assert np.isfinite(values).all()
    with pytest.raises(ExpansionError, match="overflows"):
        convert(1024, [tuple(range(1024))], np.ones(1), "BII")


@pytest.mark.parametrize("index", ["SV", "SII", "FSII", "STII"])
def test_very_wide_supports_keep_full_precision(index):
    """The weights of one term of order 400 cancel 190 digits; the sum axiom still holds to the last bits."""
    support = tuple(range(399))
    _, values = convert(400, [support], np.ones(1), index, 1)
    assert values.sum() == pytest.approx(-2.0 if index == "SV" else -1.0 if index in EFFICIENT else -2.0, rel=1e-12)


@pytest.mark.parametrize("n", [200, 300, 1024])
def test_however_subsets_are_packed_all_are_listed_and_added_up(n):
    """Small and large positions, in keys of one word and of two."""
    supports, coefficients = wide_spectrum(n, 60, 9, seed=n)
    expected = defaultdict(float)
    for support, coefficient in zip(supports, coefficients.tolist(), strict=True):
        for s in subsets(support, range(len(support) + 1)):
            expected[s] += (-2.0) ** len(s) * coefficient
    found, values = convert(n, supports, coefficients, "Moebius")
    assert found == sorted(expected, key=lambda s: (len(s), s))
    assert {type(position) for s in found for position in s} == {int}
    np.testing.assert_allclose(values, [expected[s] for s in found], atol=1e-9)
