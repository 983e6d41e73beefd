"""Another processor rounds otherwise, and is told the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_LISTED = """
import numpy as np
import spex_core

def noisy(masks):
    noise = [np.random.default_rng(list(key)).normal() for key in np.packbits(masks, axis=1)]
    return 2.0 * (masks[:, 0] & masks[:, 1]) - masks[:, 2] + 0.5 * masks[:, 3:8].all(axis=1) + 0.5 * np.array(noise)

def alike(masks):
    return masks[:, :3].all(axis=1) + masks.sum(axis=1) % 2.0

for function in (noisy, alike):
    for name in ("auto", "banzhaf", "proxyspex", "gp", "spex"):
        found = spex_core.explain(function, 12, 400, name, max_order=3)
        listed = [(i.features, i.value > 0, i.significant, i.reappears) for i in found.interactions("FBII")]
        print(name, found.estimator, found.spectrum.supports, listed, found.notes)
"""


def test_other_kernels_of_blas_list_the_same():
    """OpenBLAS has kernels for every processor; those of older ones run on it too, and round otherwise. Where NumPy has
    another BLAS, or runs on another architecture, the name changes nothing."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", _LISTED],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "OPENBLAS_CORETYPE": kernel},
        )
        for kernel in ("Nehalem", "Sandybridge")
    ]
    one, two = (run.communicate()[0] for run in runs)
    assert all(run.returncode == 0 for run in runs)
    assert len(one.splitlines()) == 10
    assert one == two
