"""GF(2^m) against galois (vectors/make_bch.py) and against what a field is."""

import json
from pathlib import Path

import numpy as np
import pytest

from spex_core.coding.field import PRIMITIVE_POLYNOMIALS, binary_field

VECTORS = json.loads((Path(__file__).parent / "vectors" / "bch.json").read_text())


@pytest.mark.parametrize("vectors", VECTORS["fields"], ids=lambda v: f"m={v['m']}")
def test_arithmetic_agrees_with_galois(vectors):
    field = binary_field(vectors["m"])
    assert PRIMITIVE_POLYNOMIALS[vectors["m"]] == vectors["polynomial"]
    left, right = np.array(vectors["left"]), np.array(vectors["right"])
    assert field.multiply(left, right).tolist() == vectors["product"]
    assert field.inverse(right).tolist() == vectors["inverse_of_right"]
    assert np.array_equal(field.square(left), field.multiply(left, left))


@pytest.mark.parametrize("m", sorted(PRIMITIVE_POLYNOMIALS))
def test_alpha_generates_every_non_zero_element(m):
    field = binary_field(m)
    assert sorted(field.power(np.arange(field.order)).tolist()) == list(range(1, 2**m))


def test_unknown_degree_is_named():
    with pytest.raises(ValueError, match=r"m=20 is outside 2\.\.12"):
        binary_field(20)
