"""Write bch.json with galois, an independent implementation; its compiled start is too slow for every test run.

python tests/vectors/make_bch.py
"""

import json
from pathlib import Path

import galois
import numpy as np

CODES = {(63, 36): 5, (127, 106): 3, (255, 215): 5}
WORDS = 60


def code_vectors(length: int, k: int, t: int, rng: np.random.Generator) -> dict:
    """Generator, and words (0, parities) with the message positions that decoding changes, None where it fails."""
    code = galois.BCH(length, k)
    generator_matrix = np.array(code.G)
    parity_of = generator_matrix[:, k:]
    words = rng.integers(0, 2, (WORDS, length - k))
    for i in range(WORDS // 2):
        support = rng.choice(k, i % (t + 1), replace=False)
        words[i] = parity_of[support].sum(axis=0) % 2
        flipped = rng.choice(length - k, int(rng.integers(0, t - len(support) + 1)), replace=False)
        words[i, flipped] ^= 1
    received = np.concatenate([np.zeros((WORDS, k), dtype=int), words], axis=1)
    messages, counts = code.decode(galois.GF2(received), errors=True)
    # galois writes the highest power first; here position 0 is the lowest power of its part.
    changed = [
        np.flatnonzero(np.array(message)[::-1]).tolist() if count >= 0 else None
        for message, count in zip(messages, counts.tolist(), strict=True)
    ]
    return {
        "length": length,
        "k": k,
        "t": t,
        "generator": int(code.generator_poly),
        "words": ["".join(map(str, word[::-1])) for word in words.tolist()],
        "changed": changed,
    }


def field_vectors(m: int, rng: np.random.Generator) -> dict:
    """Products and inverses of random elements."""
    polynomial = int(galois.matlab_primitive_poly(2, m))
    field = galois.GF(2**m, irreducible_poly=polynomial, compile="python-calculate")
    left, right = rng.integers(0, 2**m, 40), rng.integers(1, 2**m, 40)
    return {
        "m": m,
        "polynomial": polynomial,
        "left": left.tolist(),
        "right": right.tolist(),
        "product": [int(v) for v in field(left) * field(right)],
        "inverse_of_right": [int(v) for v in field(right) ** -1],
    }


if __name__ == "__main__":
    source = np.random.default_rng(0)
    vectors = {
        "fields": [field_vectors(m, source) for m in (2, 3, 6, 8, 11)],
        "codes": [code_vectors(*shape, t, source) for shape, t in CODES.items()],
    }
    Path(__file__).with_name("bch.json").write_text(json.dumps(vectors, indent=None) + "\n")
