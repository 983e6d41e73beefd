"""The sieve lets every decodable word through, and little else."""

from math import factorial

import numpy as np
import pytest

from spex_core.coding.bch import bch_code
from spex_core.coding.bch_decoding import decode_syndromes
from spex_core.coding.sieve import sieve


def planes_of(syndromes, m):
    """(w, t) integers to (m, t, w / 8) planes of bits."""
    bits = (syndromes.T[None] >> np.arange(m)[:, None, None]) & 1
    return np.packbits(bits.astype(bool), axis=2)


def sieved(code, syndromes):
    return np.unpackbits(sieve(code, planes_of(syndromes, code.field.m)), count=len(syndromes)).astype(bool)


@pytest.mark.parametrize(("n", "t"), [(5, 2), (20, 5), (40, 8), (100, 5), (300, 6), (500, 3), (1000, 4), (1000, 5)])
def test_every_correctable_pattern_passes_and_random_words_rarely_do(n, t):
    code = bch_code(n, t)
    rng = np.random.default_rng(n + t)
    correctable = np.zeros((400, t), dtype=np.int64)
    for word in correctable:
        for position in rng.choice(n + code.n_parity, int(rng.integers(0, t + 1)), replace=False):
            word ^= code.field.power(position * np.arange(1, 2 * t, 2))
    assert sieved(code, correctable).all()
    random = rng.integers(0, code.field.order + 1, (20_000, t))
    passed = sieved(code, random)
    decoded = decode_syndromes(code, random).words
    assert passed[decoded].all()
    # Words of t errors pass if their locator splits, 1 in t!; those with a zero discrepancy, t in 2^m, pass untested.
    assert abs(passed.mean() - 1 / factorial(t)) < 1.2 * t / code.field.order + 0.01


@pytest.mark.parametrize(("n", "t"), [(21, 2), (45, 3), (215, 5)])
def test_words_of_an_unshortened_code_pass_if_they_decode(n, t):
    """There, every root in the field is a code position; only words with a zero discrepancy pass beside."""
    code = bch_code(n, t)
    m = code.field.m
    assert code.n_info + code.n_parity == code.field.order
    random = np.random.default_rng(n).integers(0, 1 << m, (20_000, t))
    decodable = np.zeros(len(random), dtype=bool)
    found = decode_syndromes(code, random)
    full = found.orders + found.parity_errors == t
    decodable[found.words[full]] = True
    passed = sieved(code, random)
    assert passed[decodable].all()
    assert (passed & ~decodable).mean() < 1.2 * t / (1 << m)


def test_no_words():
    assert len(sieve(bch_code(100, 5), np.zeros((8, 5, 0), dtype=np.uint8))) == 0
