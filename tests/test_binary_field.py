"""GF(2^m) against an independent implementation."""

import galois
import numpy as np
import pytest

from spex_core.binary_field import PRIMITIVE_POLYNOMIALS, binary_field


@pytest.mark.parametrize("m", [3, 8])
def test_arithmetic_agrees_with_galois(m):
    field = binary_field(m)
    oracle = galois.GF(2**m, irreducible_poly=PRIMITIVE_POLYNOMIALS[m], compile="python-calculate")
    rng = np.random.default_rng(m)
    left, right = rng.integers(0, 2**m, 60), rng.integers(0, 2**m, 60)
    left[:3] = 0
    assert np.array_equal(field.multiply(left, right), np.array(oracle(left) * oracle(right)))
    assert np.array_equal(field.square(left), np.array(oracle(left) ** 2))
    assert np.array_equal(field.inverse(left[3:] | 1), np.array(oracle(left[3:] | 1) ** -1))


@pytest.mark.parametrize("m", sorted(PRIMITIVE_POLYNOMIALS))
def test_alpha_generates_every_non_zero_element(m):
    field = binary_field(m)
    assert sorted(field.power(np.arange(field.order)).tolist()) == list(range(1, 2**m))


def test_unknown_degree_is_named():
    with pytest.raises(ValueError, match=r"m=20 is outside 2\.\.12"):
        binary_field(20)
