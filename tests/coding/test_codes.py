"""The file of codes is what galois makes, covers every plan, and is read without galois."""

import subprocess
import sys
import tomllib

import numpy as np
import pytest

from spex_core.coding.bch import bch_parameters
from spex_core.coding.codes import DEGREES, FILE, MOST_ERRORS, families, make, written
from spex_core.coding.field import binary_field
from spex_core.coding.plan import error_capacity
from spex_core.engine.design import MAX_ORDER
from spex_core.inputs.base import MAX_FEATURES
from tests.support.places import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("m", range(2, 11))  # the others take galois seconds each
def test_galois_makes_the_same_codes_again(m):
    assert make(m) == families()[m]


def test_the_file_is_what_would_be_written():
    assert FILE.read_bytes() == written(families().values()).encode()
    assert list(families()) == list(DEGREES)
    assert [len(family.generators) for family in families().values()] == [
        min(MOST_ERRORS, 2 ** (m - 1) - 1) for m in DEGREES
    ]


@pytest.mark.parametrize("m", DEGREES)
def test_generators_have_the_roots_of_their_codes_and_no_others(m):
    field = binary_field(m)
    for t, generator in enumerate(families()[m].generators, 1):
        powers = np.array([i for i in range(generator.bit_length()) if generator >> i & 1])
        values = np.bitwise_xor.reduce(field.power(np.arange(field.order)[:, None] * powers), axis=1)
        roots = set(np.flatnonzero(values == 0).tolist())
        assert {2 * root % field.order for root in roots} == roots
        assert roots == {(i << shift) % field.order for i in range(1, 2 * t + 1) for shift in range(m)}
        assert len(roots) == generator.bit_length() - 1


def test_there_is_a_code_for_every_plan():
    assert MAX_ORDER <= MOST_ERRORS
    for order in range(1, MAX_ORDER + 1):
        for n in range(1, MAX_FEATURES + 1):
            m, parities = bch_parameters(n, error_capacity(n, order))
            assert n + parities < 2**m


def test_planning_and_decoding_leave_galois_alone():
    code = (
        "import sys, spex_core;"
        "explanation = spex_core.explain(lambda m: 1.0 * m[:, :2].all(axis=1), 30, budget=1000, estimator='spex');"
        "assert (0, 1) in explanation.spectrum.supports;"
        "sys.exit('galois' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_wheel_has_the_file():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert FILE.name in settings["package-data"]["spex_core.coding"]
