"""Code parameters, parities and syndromes against galois and the published table."""

import json
from pathlib import Path

import numpy as np
import pytest

from spex_core.coding.bch import bch_code, bch_parameters, coset_union, generator_polynomial
from spex_core.coding.bch_decoding import decode_syndromes

VECTORS = json.loads((Path(__file__).parent / "vectors" / "bch.json").read_text())  # written by vectors/make_bch.py


@pytest.mark.parametrize(
    ("n", "parities"),
    [(10, 20), (12, 27), (36, 27), (37, 35), (92, 35), (93, 40), (215, 40), (466, 45), (973, 50), (1024, 55)],
)
def test_parity_counts_for_five_errors(n, parities):
    assert bch_parameters(n, 5)[1] == parities


@pytest.mark.parametrize(
    ("n", "t", "octal"),
    [
        (7, 2, "721"),
        (5, 3, "2467"),
        (21, 2, "3551"),
        (11, 5, "5423325"),
        (45, 3, "1701317"),
        (36, 5, "1033500423"),
        (92, 5, "624730022327"),
    ],
)
def test_published_generator_polynomials(n, t, octal):
    """Lin and Costello, Error Control Coding, appendix C."""
    assert generator_polynomial(bch_code(n, t).field, t) == int(octal, 8)


@pytest.mark.parametrize("vectors", VECTORS["codes"], ids=lambda v: f"{v['length']}-{v['k']}")
def test_generator_and_decoding_agree_with_galois(vectors):
    code = bch_code(vectors["k"], vectors["t"])
    assert code.field.order == vectors["length"]
    assert generator_polynomial(code.field, code.t) == vectors["generator"]
    parities = np.array([[bit == "1" for bit in word] for word in vectors["words"]])
    syndromes = np.stack([np.bitwise_xor.reduce(code.parity_syndromes[w], axis=0, initial=0) for w in parities])
    found = decode_syndromes(code, syndromes)
    decoded = {
        w: [f for f in s if f < code.n_info] for w, s in zip(found.words.tolist(), found.supports.tolist(), strict=True)
    }
    assert [decoded.get(w) for w in range(len(parities))] == vectors["changed"]
    assert len(decoded) >= len(parities) // 2


@pytest.mark.parametrize(("n", "t"), [(1, 1), (3, 3), (20, 1), (100, 5), (40, 8), (1000, 5)])
def test_a_codeword_has_no_syndrome(n, t):
    code = bch_code(n, t)
    rng = np.random.default_rng(1)
    positions = np.arange(n + code.n_parity)
    odd = np.arange(1, 2 * t, 2)
    for _ in range(5):
        info = rng.random(n) < 0.5
        word = np.concatenate([(code.parity.astype(int) @ info) % 2 == 1, info])
        syndromes = np.bitwise_xor.reduce(code.field.power(positions[word, None] * odd), axis=0, initial=0)
        assert not syndromes.any()
    assert np.array_equal(code.parity_syndromes, code.field.power(np.arange(code.n_parity)[:, None] * odd))


def test_roots_close_under_squaring():
    roots = coset_union(8, 5)
    assert {2 * r % 255 for r in roots} == roots
    assert set(range(1, 11)) <= roots


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="at least 1"):
        bch_parameters(0, 5)
    with pytest.raises(ValueError, match="no BCH code for n_info=5000"):
        bch_parameters(5000, 5)
