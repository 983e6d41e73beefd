"""The compiled kernels against the plain code: the same bits, whatever the code, the noise and the erasures."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.arrays import Samples
from spex_core.coding import compiled
from spex_core.coding.bin_fit import BinFit
from spex_core.coding.chase import HARD, SOFT, decode_bins
from spex_core.coding.peeling import peel
from spex_core.coding.plan import nominal_rows, plan_masks
from spex_core.coding.signatures import Signatures, grid_of, on_grid
from spex_core.fourier.spectrum import walsh_columns

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def kernels():
    """Compiled or loaded for the tests of this file, not for others."""
    before = compiled._ready
    assert compiled.warm()
    ready = compiled.kernels()
    yield ready
    compiled._ready = before


def both(kernels, work):
    """What `work` returns without the kernels and with them."""
    compiled._ready = None
    plain = work()
    compiled._ready = kernels
    return plain, work()


def design(n, order, b, share=1.0, seed=0):
    plan = plan_masks(n, int(np.ceil(share * nominal_rows(n, order, b))), order, np.random.default_rng(seed))
    return plan.layout, np.concatenate([[[True] * n, [False] * n], plan.masks])


def random_supports(layout, count, rng):
    n, t = layout.code.n_info, layout.code.t
    supports = np.full((count, t), n)
    for row, order in enumerate(rng.integers(1, t + 1, count)):
        supports[row, :order] = np.sort(rng.choice(n, order, replace=False))
    return supports


def random_bins(layout, rng, noise):
    """Observations of every bin: one random support each, moved to the bin where it belongs, in noise."""
    signatures = Signatures.of(layout)
    supports = random_supports(layout, 60, rng)
    group = rng.integers(0, 3, 60)
    signs = signatures.patterns(signatures.words(supports, group)) * rng.choice([-1, 1], 60)[:, None]
    values = signs + noise * rng.normal(size=signs.shape)
    return signatures, on_grid(values, grid_of(values)), signatures.cells(supports)[np.arange(60), group]


SIZES = [(11, 1), (20, 2), (36, 5), (100, 5), (215, 5), (300, 3), (1000, 5), (1000, 8)]


@pytest.mark.parametrize(("n", "order"), SIZES)
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), noise=st.sampled_from([0.0, 0.4, 0.8]), weight=st.sampled_from([0, 3, 12, 20]))
def test_bins_decode_alike(kernels, n, order, seed, noise, weight):
    layout, _ = design(n, order, 3)
    signatures, values, cells = random_bins(layout, np.random.default_rng(seed), noise)
    plain, fast = both(kernels, lambda: decode_bins(layout.code, signatures, values, cells, weight))
    if noise == 0.0:
        assert len(plain.bins) == len(cells)
    for name in ("bins", "supports", "amplitudes"):
        assert np.array_equal(getattr(plain, name), getattr(fast, name))


@pytest.mark.parametrize(("n", "order"), SIZES)
def test_tables_answer_alike(kernels, n, order):
    layout, _ = design(n, order, 4)
    rng = np.random.default_rng(n)
    signatures = Signatures.of(layout)
    supports = random_supports(layout, 50, rng)
    supports[0] = n  # the constant
    amplitudes = on_grid(rng.normal(size=50), grid_of(np.ones(1)))
    plain, fast = both(kernels, lambda: signatures.superposed(supports, amplitudes))
    assert np.array_equal(plain, fast)
    for mine, theirs in zip(*both(kernels, lambda: signatures.correlate(plain, supports)), strict=True):
        assert np.array_equal(mine, theirs)
    pairs, again = both(kernels, lambda: signatures.overlaps(supports))
    assert len(pairs[0]) > 50
    for mine, theirs in zip(pairs, again, strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("share", [0.9, 1.0])
@pytest.mark.parametrize("effort", [SOFT, HARD])
def test_peeling_finds_the_same_bit_for_bit(kernels, share, effort):
    layout, masks = design(60, 5, 5, share)
    rng = np.random.default_rng(3)
    supports = [tuple(f for f in row if f < 60) for row in random_supports(layout, 40, rng).tolist()]
    values = walsh_columns(masks, supports) @ rng.normal(size=40) + 0.3 * rng.normal(size=len(masks))
    plain, fast = both(kernels, lambda: peel(Samples(masks, values), layout, 5, effort))
    assert len(plain) > 15
    assert plain == fast
    padded = np.array([[*s, *[60] * (5 - len(s))] for s in plain])

    def fitted():
        fit = BinFit(layout, Signatures.of(layout), values)
        fit.add(padded)
        return fit

    mine, theirs = both(kernels, fitted)
    assert np.array_equal(mine.amplitudes, theirs.amplitudes)
    assert np.array_equal(mine.bins, theirs.bins)


def test_other_types_are_refused_rather_than_compiled_in_the_middle_of_a_fit(kernels):
    layout, _ = design(20, 2, 3)
    tables = Signatures.of(layout).tables(kernels)
    with pytest.raises(TypeError):
        kernels.correlate(tables, np.zeros((24, 12), dtype=np.float32), np.zeros((1, 2), dtype=np.int64))


def test_without_numba_decoding_stays_as_it_is(monkeypatch, caplog):
    monkeypatch.setattr(compiled, "_ready", None)
    monkeypatch.setitem(sys.modules, "spex_core.coding.compiled.bins", None)
    assert not compiled.warm()
    assert compiled.kernels() is None
    assert "decoding stays uncompiled" in caplog.text


@pytest.mark.parametrize(("code", "ready"), [(0, True), (1, False)])
def test_the_background_loads_only_what_another_process_has_compiled(monkeypatch, code, ready):
    monkeypatch.setattr(compiled, "_ready", None)
    called = []

    def run(command, **options):
        called.append(command)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(compiled.subprocess, "run", run)
    compiled.warm_in_background().join(timeout=120)
    assert called == [[sys.executable, "-m", "spex_core.coding.compiled"]]
    assert (compiled.kernels() is not None) == ready


def test_a_fit_loads_no_numba():
    script = (
        "import sys, numpy as np, spex_core\n"
        "spex_core.explain(lambda masks: masks[:, 0] * 1.0, 12, 700, estimator='spex')\n"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
