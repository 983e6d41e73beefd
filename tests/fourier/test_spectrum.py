"""Spectrum: the Walsh convention against brute force, ordering, refusal of bad terms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import check_masks
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import Spectrum, strongest_first, walsh_columns


@st.composite
def spectra(draw):
    n = draw(st.integers(1, 8))
    supports = draw(
        st.sets(st.frozensets(st.integers(0, n - 1), max_size=n), max_size=12).map(
            lambda chosen: [tuple(sorted(support)) for support in chosen]
        )
    )
    values = draw(st.lists(st.floats(-5, 5, width=32), min_size=len(supports), max_size=len(supports)))
    return Spectrum.from_terms(n, supports, values)


@settings(deadline=None, max_examples=60)
@given(spectra())
def test_prediction_follows_the_definition(spectrum):
    masks = all_masks(spectrum.n_features)
    expected = [
        sum(
            c * (-1) ** sum(int(mask[i]) for i in s)
            for s, c in zip(spectrum.supports, spectrum.coefficients, strict=True)
        )
        for mask in masks
    ]
    assert np.allclose(spectrum.predict(masks), expected)


@settings(deadline=None, max_examples=60)
@given(spectra())
def test_energy_is_the_variance_over_uniform_masks(spectrum):
    energy = sum(sum(pair) for pair in spectrum.energy_by_order().values())
    assert np.isclose(energy, spectrum.predict(all_masks(spectrum.n_features)).var())


@settings(deadline=None, max_examples=60)
@given(spectra())
def test_canonical_order_does_not_depend_on_input_order(spectrum):
    again = Spectrum.from_dict(spectrum.n_features, dict(reversed(list(spectrum.to_dict().items()))))
    assert again.supports == spectrum.supports
    assert again.coefficients.tobytes() == spectrum.coefficients.tobytes()


def test_what_rounding_tells_apart_is_in_the_order_of_position():
    third = 1 / 3
    terms = {(): 9.0, (2,): third, (0,): third * (1 - 1e-13), (0, 1): -third * (1 + 1e-13), (1,): 0.5}
    assert Spectrum.from_dict(3, terms).supports == [(), (1,), (0,), (2,), (0, 1)]
    assert strongest_first(np.array([1e-3, -2.0, 1e-3 + 1e-16, 2.0 - 1e-12, 1e-3 + 1e-9])).tolist() == [1, 3, 4, 0, 2]
    assert strongest_first(np.zeros(0)).tolist() == []


def test_columns_are_orthogonal_over_the_cube():
    supports = [(), (0,), (1, 2), (0, 1, 2, 3)]
    columns = walsh_columns(all_masks(4), supports)
    assert np.array_equal(columns.T @ columns, 16 * np.eye(4))


@pytest.mark.parametrize(
    ("supports", "values"),
    [
        ([(1, 0)], [1.0]),
        ([(0, 0)], [1.0]),
        ([(5,)], [1.0]),
        ([(-1,)], [1.0]),
        ([(0,), (0,)], [1.0, 2.0]),
        ([(0,)], [np.nan]),
    ],
)
def test_bad_terms_are_refused(supports, values):
    with pytest.raises(ValueError, match=r"support|finite|twice"):
        Spectrum.from_terms(3, supports, values)


def test_masks_of_another_width_are_refused():
    with pytest.raises(ValueError, match="do not fit 3 features"):
        check_masks(np.zeros((2, 4), dtype=bool), 3)
    with pytest.raises(ValueError, match="zeros and ones"):
        check_masks(np.full((1, 3), 2), 3)


def test_empty_spectrum_predicts_zero():
    spectrum = Spectrum.from_terms(3, [], [])
    assert spectrum.predict(all_masks(3)).tolist() == [0.0] * 8
    assert spectrum.max_order == 0
    assert spectrum.constant == 0.0
