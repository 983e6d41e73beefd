"""Top-r removal against every choice of r features."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.removal import Removal, masks_to_ask, removal_curve, top_removal


def largest_change(spectrum, r):
    """By trying them all; features in no term change nothing, so up to r of the others may go."""
    n = spectrum.n_features
    masks = [np.ones(n, dtype=bool)]
    for chosen in itertools.combinations(range(n), r):
        masks.append(np.ones(n, dtype=bool))
        masks[-1][list(chosen)] = False
    values = spectrum.predict(np.array(masks))
    return float(np.abs(values[1:] - values[0]).max())


@st.composite
def spectra(draw):
    n = draw(st.integers(1, 8))
    supports = draw(st.sets(st.sets(st.integers(0, n - 1), max_size=4).map(lambda s: tuple(sorted(s))), max_size=12))
    values = st.floats(-10, 10, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-3)
    return Spectrum.from_dict(n, {support: draw(values) for support in sorted(supports)})


@settings(deadline=None, max_examples=40)
@given(spectra(), st.data())
def test_no_choice_changes_more(spectrum, data):
    r = data.draw(st.integers(1, spectrum.n_features))
    best = largest_change(spectrum, r)
    found = top_removal(spectrum, r)
    assert found.exact
    assert abs(found.change) == pytest.approx(best, rel=1e-6, abs=1e-6)
    greedy = top_removal(spectrum, r, seconds=0)
    assert abs(greedy.change) <= best + 1e-6
    for removal in (found, greedy):
        assert len(removal.features) <= r
        without, with_all = spectrum.predict(
            np.stack([removal.mask(spectrum.n_features), np.ones_like(removal.mask(spectrum.n_features))])
        )
        assert removal.change == pytest.approx(without - with_all)


def test_a_pair_that_only_counts_together_is_found_by_the_program_not_by_the_greedy_search():
    # 0 AND-like pair whose members alone change nothing, beside three singles of middling weight
    spectrum = Spectrum.from_dict(6, {(0, 1): 2.0, (0,): 2.0, (1,): 2.0, (2,): -0.6, (3,): -0.5, (4,): -0.4})
    assert abs(top_removal(spectrum, 2).change) >= abs(top_removal(spectrum, 2, seconds=0).change)
    assert abs(top_removal(spectrum, 2).change) == pytest.approx(largest_change(spectrum, 2))


def test_additive_functions_are_solved_by_the_greedy_search():
    rng = np.random.default_rng(0)
    spectrum = Spectrum.from_dict(50, {(i,): float(rng.normal()) for i in range(50)})
    for r in (1, 5, 20):
        assert abs(top_removal(spectrum, r, seconds=0).change) == pytest.approx(abs(top_removal(spectrum, r).change))


@pytest.mark.parametrize("turn", [0.0, 1e-15, -1e-15])
def test_rounding_removes_nothing(turn):
    """One of three that count together only: without it the others change nothing, and all three are alike."""
    terms = {support: 0.125 * (-1) ** len(support) for k in range(4) for support in itertools.combinations(range(3), k)}
    terms[2,] += turn
    terms[0, 1] -= turn
    for removal in removal_curve(Spectrum.from_dict(5, terms), [1, 2, 3]):
        assert removal.features == (0,)
        assert removal.change == pytest.approx(-1.0)


def test_a_thousand_features_are_left_to_the_greedy_search():
    rng = np.random.default_rng(1)
    terms = {(i,): float(rng.normal()) for i in range(1000)}
    while len(terms) < 4000:
        terms[tuple(sorted(rng.choice(1000, int(rng.integers(2, 6)), replace=False).tolist()))] = float(rng.normal())
    found = top_removal(Spectrum.from_dict(1000, terms), 20)
    assert not found.exact
    assert len(found.features) == 20


def test_nothing_to_remove():
    assert top_removal(Spectrum.from_dict(3, {(): 1.0}), 2).features == ()


@pytest.mark.parametrize("r", [0, 4])
def test_other_counts_are_refused(r):
    with pytest.raises(InputError, match="1 to 3"):
        top_removal(Spectrum.from_dict(3, {(0,): 1.0}), r)


def test_the_curve_is_the_removal_at_each_count():
    rng = np.random.default_rng(2)
    spectrum = Spectrum.from_dict(7, {(i, (i + 2) % 7) if i < 5 else (i,): float(rng.normal()) for i in range(7)})
    curve = removal_curve(spectrum, [1, 3, 5])
    assert curve == [top_removal(spectrum, r) for r in (1, 3, 5)]
    assert [abs(removal.change) for removal in curve] == pytest.approx([largest_change(spectrum, r) for r in (1, 3, 5)])
    assert removal_curve(spectrum, []) == []


def test_the_model_is_asked_no_mask_twice():
    removals = [Removal((1,), 0.5, True), Removal((0, 2), 1.0, False), Removal((1,), 0.1, False)]
    masks, rows = masks_to_ask(removals, 3)
    assert masks.tolist() == [[True, False, True], [False, True, False]]
    assert rows.tolist() == [0, 1, 0]
    for removal, row in zip(removals, rows, strict=True):
        assert np.array_equal(masks[row], removal.mask(3))
    none, nowhere = masks_to_ask([], 3)
    assert none.shape == (0, 3)
    assert nowhere.shape == (0,)
