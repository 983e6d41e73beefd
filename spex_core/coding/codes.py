"""The codes that masks are planned with: the primitive BCH codes of each length, made by galois before anything runs.

`make codes` asks galois for them and writes codes.json; planning and decoding read that file. A polynomial over GF(2)
is an integer, bit i the coefficient of x^i. The file writes them in octal, as published tables do (Lin and Costello,
Error Control Coding, appendices A and C).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("codes.json")
DEGREES = range(2, 13)
MOST_ERRORS = 16
"""Twice the largest order that a run may ask for; masks can be planned without a run too."""


@dataclass(frozen=True)
class Family:
    """The binary primitive BCH codes of length 2^m - 1.

    Attributes:
        m: degree of the field GF(2^m).
        polynomial: primitive polynomial of the field, of which alpha is a root.
        generators: generator polynomial of the code that corrects t errors at position t - 1, for every t below
            2^(m - 1), up to `MOST_ERRORS`. Its roots are alpha, alpha^2, ..., alpha^(2t) and their conjugates.
    """

    m: int
    polynomial: int
    generators: tuple[int, ...]


@cache
def families() -> Mapping[int, Family]:
    """What the file holds, by degree, ascending."""
    found = (
        Family(entry["m"], int(entry["polynomial"], 8), tuple(int(each, 8) for each in entry["generators"]))
        for entry in json.loads(FILE.read_text(encoding="utf-8"))
    )
    return {family.m: family for family in found}


def make(m: int) -> Family:
    """The codes of one length, from galois."""
    import galois  # it loads numba, and whoever reads the file needs neither

    # Stored plans are of these polynomials. galois' own default differs from them for m = 6, 7, 10 and 12.
    polynomial = galois.matlab_primitive_poly(2, m)
    # Uncompiled, since compiling takes longer than all of this.
    field = galois.GF(2**m, irreducible_poly=polynomial, compile="python-calculate")
    most = min(MOST_ERRORS, 2 ** (m - 1) - 1)
    codes = [galois.BCH(2**m - 1, d=2 * t + 1, extension_field=field) for t in range(1, most + 1)]
    return Family(m, int(polynomial), tuple(int(code.generator_poly) for code in codes))


def written(made: Iterable[Family]) -> str:
    """The file's text."""
    entries = [
        {"m": each.m, "polynomial": f"{each.polynomial:o}", "generators": [f"{g:o}" for g in each.generators]}
        for each in made
    ]
    return json.dumps(entries, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(make(m) for m in DEGREES), encoding="utf-8", newline="\n")
