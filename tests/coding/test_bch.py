"""Code parameters, parities and syndromes against galois and the published table."""

import galois
import numpy as np
import pytest

from spex_core.coding.bch import bch_code, bch_parameters
from spex_core.coding.bch_decoding import decode_syndromes
from spex_core.coding.codes import families


def galois_code(m, t):
    """The code of length 2^m - 1, uncompiled: compiling takes longer than these tests."""
    polynomial = galois.matlab_primitive_poly(2, m)
    field = galois.GF(2**m, irreducible_poly=polynomial, compile="python-calculate")
    return galois.BCH(2**m - 1, d=2 * t + 1, extension_field=field)


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
    m, _ = bch_parameters(n, t)
    assert families()[m].generators[t - 1] == int(octal, 8)


@pytest.mark.parametrize(
    ("n", "t"), [(1, 1), (3, 3), (20, 1), (9, 9), (36, 5), (40, 8), (100, 5), (500, 3), (973, 5), (1000, 5), (1024, 8)]
)
def test_parities_are_those_of_galois(n, t):
    code = bch_code(n, t)
    reference = galois_code(code.field.m, t)
    # galois writes the highest power first; here position 0 is the lowest power of its part.
    assert np.array_equal(code.parity, np.array(reference.G)[::-1, : reference.k - 1 : -1][:n].T)
    messages = np.random.default_rng(n).integers(0, 2, (5, n))
    parities = reference.encode(galois.GF2(messages[:, ::-1]), output="parity")
    assert np.array_equal(messages @ code.parity.T % 2, np.array(parities)[:, ::-1])


@pytest.mark.slow
@pytest.mark.parametrize(("m", "k", "t"), [(6, 36, 5), (7, 106, 3), (8, 215, 5)])
def test_decoding_agrees_with_galois(m, k, t):
    """Of words (0, parities), half of them within reach and half of them random."""
    code, reference = bch_code(k, t), galois_code(m, t)
    assert (code.field.order, code.n_info, code.n_parity) == (reference.n, reference.k, reference.n - reference.k)
    rng = np.random.default_rng(m)
    words = rng.random((60, code.n_parity)) < 0.5
    for i in range(30):
        support = rng.choice(k, i % (t + 1), replace=False)
        message = np.isin(np.arange(k), support).astype(int)
        words[i] = np.array(reference.encode(galois.GF2(message[::-1]), output="parity"))[::-1]
        words[i, rng.choice(code.n_parity, int(rng.integers(0, t - len(support) + 1)), replace=False)] ^= True
    received = np.concatenate([np.zeros((60, k), dtype=int), words[:, ::-1]], axis=1)
    messages, counts = reference.decode(galois.GF2(received), errors=True)
    expected = {w: np.flatnonzero(np.array(messages[w])[::-1]).tolist() for w in np.flatnonzero(counts >= 0).tolist()}
    syndromes = np.stack([np.bitwise_xor.reduce(code.parity_syndromes[w], axis=0, initial=0) for w in words])
    found = decode_syndromes(code, syndromes)
    supports = [[f for f in support if f < k] for support in found.supports.tolist()]
    assert dict(zip(found.words.tolist(), supports, strict=True)) == expected
    assert len(expected) >= 30


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


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="at least 1"):
        bch_parameters(0, 5)
    with pytest.raises(ValueError, match="no BCH code for n_info=5000"):
        bch_parameters(5000, 5)
    with pytest.raises(ValueError, match="t=17 up to length 4095 and 16 errors"):
        bch_parameters(20, 17)
