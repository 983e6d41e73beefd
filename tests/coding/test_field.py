"""GF(2^m) against galois and against what a field is."""

import galois
import numpy as np
import pytest

from spex_core.coding.codes import DEGREES
from spex_core.coding.field import binary_field


@pytest.mark.parametrize("m", DEGREES)
def test_arithmetic_agrees_with_galois(m):
    field = binary_field(m)
    polynomial = galois.matlab_primitive_poly(2, m)
    reference = galois.GF(2**m, irreducible_poly=polynomial, compile="python-calculate")
    assert [*field.taps, m] == sorted(polynomial.nonzero_degrees.tolist())
    rng = np.random.default_rng(m)
    left, right = rng.integers(0, 2**m, 40), rng.integers(1, 2**m, 40)
    assert np.array_equal(field.exp[field.log[left] + field.log[right]], reference(left) * reference(right))
    assert np.array_equal(field.exp[field.order - field.log[right]], reference(right) ** -1)
    assert np.array_equal(field.exp[2 * field.log[left]], reference(left) ** 2)
    assert np.array_equal(field.power(left), reference.primitive_element**left)


@pytest.mark.parametrize("m", DEGREES)
def test_alpha_generates_every_non_zero_element(m):
    field = binary_field(m)
    assert sorted(field.power(np.arange(field.order)).tolist()) == list(range(1, 2**m))


def test_unknown_degree_is_named():
    with pytest.raises(ValueError, match=r"m=20 is outside 2\.\.12"):
        binary_field(20)
