"""The fast transform against the Hadamard matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from spex_core.fourier.walsh import walsh_hadamard


@settings(deadline=None, max_examples=40)
@given(b=st.integers(0, 8), rows=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_equals_the_hadamard_matrix(b, rows, seed):
    values = np.random.default_rng(seed).normal(size=(2, rows, 1 << b))
    before = values.copy()
    np.testing.assert_allclose(walsh_hadamard(values), values @ hadamard(1 << b), atol=1e-10)
    assert np.array_equal(values, before)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_transforms_along_any_axis(axis):
    values = np.random.default_rng(1).normal(size=(32, 64, 4))
    expected = np.moveaxis(np.moveaxis(values, axis, -1) @ hadamard(values.shape[axis]), -1, axis)
    np.testing.assert_allclose(walsh_hadamard(values, axis=axis), expected, atol=1e-10)


def test_applied_twice_multiplies_by_the_length():
    values = np.random.default_rng(0).normal(size=1024)
    np.testing.assert_allclose(walsh_hadamard(walsh_hadamard(values)), 1024 * values)


@pytest.mark.parametrize("length", [0, 3, 12])
def test_refuses_other_lengths(length):
    with pytest.raises(ValueError, match="power of two"):
        walsh_hadamard(np.zeros(length))
