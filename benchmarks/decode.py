"""SPEX decoding beside sparse-transform 0.2.1 on the same functions, and recovery over a grid of sizes.

    python benchmarks/decode.py              both tables
    python benchmarks/decode.py --compare    only the comparison, about half an hour of the peer's time
    python benchmarks/decode.py --grid       only the recovery grid
    python benchmarks/decode.py --share      how much of our decoding is in compiled loops

Ours is compiled (`spex_core.coding.compiled`), and with --plain the NumPy code that does the same without.
R² is against the noise-free function on 2,000 fresh masks. Seconds are processor time, so that a busy machine does
not blur the ratio; the peer's masks and values are built beforehand and its compiled parts are warm. Figures are
medians over the seeds named; a ratio is the median over the seeds that both ran. The peer goes on to another seed as
long as its decoder's ten minutes should last; at n = 1,000 its soft decoder would take hours and is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import queue
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

# Before NumPy and numba are imported: two threads of sparse-transform on cores that have other work wait for each
# other busily, and its processor time was eight times as high.
os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
from synthetic import KINDS, SparseFunction, sparse_function

from spex_core.arrays import Samples
from spex_core.coding import compiled
from spex_core.coding.chase import HARD, SOFT
from spex_core.coding.peeling import peel
from spex_core.coding.plan import COVERAGE, Plan, nominal_rows
from spex_core.estimation.estimators.spex import Spex, SpexHard
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.fourier.spectrum import Spectrum

PEER_SECONDS = 1200  # wall clock of one run; the seconds shown are processor time
PEER_TOTAL = 600  # wall clock within which another seed must be expected to end
REPEATS = 5  # of ours, per seed
ORDER = 5
COMPARED = ((100, 100, 6, ("soft", "hard")), (1000, 500, 8, ("hard",)))
"""n, number of terms, b, and which of the peer's decoders to run."""


def anchors(n: int) -> np.ndarray:
    """All kept and all hidden."""
    return np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])


def planned(function: SparseFunction, b: int, seed: int, part: float) -> tuple[Plan, Samples]:
    """`part` of the nominal rows, and their noisy values."""
    n = function.n_features
    rows = int(np.ceil(part * nominal_rows(n, ORDER, b)))
    plan = Spex().plan(n, rows, ORDER, np.random.default_rng(seed), row_keys(anchors(n)))
    masks = np.concatenate([anchors(n), plan.masks])
    return plan, Samples(masks, function.noisy(masks, np.random.default_rng(seed + 1)))


def ours(function: SparseFunction, b: int, seed: int, soft: bool, part: float) -> tuple[int, float, float, Spectrum]:
    """(rows, decoding seconds, decoding + refit seconds, spectrum) at `part` of the nominal rows."""
    estimator = Spex() if soft else SpexHard()
    plan, samples = planned(function, b, seed, part)
    start = time.process_time()
    peel(samples, plan.layout, ORDER, SOFT if soft else HARD)
    decoding = time.process_time() - start
    start = time.process_time()
    fit = estimator.fit(samples, plan, ORDER, np.random.default_rng(seed + 2))
    return len(plan.masks), decoding, time.process_time() - start, fit.spectrum


def _peer(function: SparseFunction, b: int, seed: int, soft: bool, results: multiprocessing.Queue) -> None:
    from sparse_transform.qsft.qsft import transform
    from sparse_transform.qsft.signals.input_signal_subsampled import SubsampledSignal
    from sparse_transform.qsft.utils.query import get_bch_decoder

    def signal_of(values: Callable[[np.ndarray], np.ndarray], n: int, bins: int) -> SubsampledSignal:
        return SubsampledSignal(
            func=values,
            n=n,
            q=2,
            query_args={
                "query_method": "complex",
                "num_subsample": 3,
                "delays_method_source": "joint-coded",
                "subsampling_method": "qsft",
                "delays_method_channel": "identity-siso" if soft else "identity",
                "num_repeat": 1,
                "b": bins,
                "t": ORDER,
            },
        )

    def decode(signal: SubsampledSignal, noise: float) -> dict[tuple[int, ...], complex]:
        decoder = get_bch_decoder(signal.n, ORDER, "soft" if soft else "hard", 2 * ORDER if soft else None)
        return transform(
            signal,
            reconstruct_method_source="coded",
            reconstruct_method_channel="identity-siso" if soft else "identity",
            b=signal.b,
            num_subsample=3,
            num_repeat=1,
            source_decoder=decoder,
            noise_sd=noise,
            peeling_method="multi-detect",
            peel_average=True,
            res_energy_cutoff=0.9,
        )

    random.seed(seed)
    np.random.seed(seed)
    rng = np.random.default_rng(seed + 1)
    with contextlib.redirect_stderr(io.StringIO()):
        warm = signal_of(lambda masks: 1.0 - 2.0 * np.asarray(masks)[:, 0], function.n_features, 3)
        decode(warm, 0.01)
        signal = signal_of(lambda masks: function.noisy(np.asarray(masks).astype(bool), rng), function.n_features, b)
        start = time.process_time()
        found = decode(signal, function.noise_sd)
        seconds = time.process_time() - start
    terms = {tuple(np.flatnonzero(k).tolist()): float(np.real(v)) for k, v in found.items()}
    results.put((int(np.prod(np.shape(signal.all_samples))), seconds, terms))


def peer(function: SparseFunction, b: int, seed: int, soft: bool) -> tuple[int, float, Spectrum] | None:
    """(rows, decoding seconds, spectrum) of sparse-transform in its own process; None past the time cap."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=_peer, args=(function, b, seed, soft, results))
    process.start()
    try:
        rows, seconds, terms = results.get(timeout=PEER_SECONDS)
    except queue.Empty:
        process.terminate()
        return None
    finally:
        process.join()
    return rows, seconds, Spectrum.from_dict(function.n_features, terms)


def line(*cells: object) -> None:
    """One table row."""
    widths = (34, 34, 7, 10, 10, 8, 7, 9, 8, 8)
    print(
        " ".join(
            str(cell).rjust(w) if i > 1 else str(cell).ljust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=False))
        ),
        flush=True,
    )


@dataclass(frozen=True)
class Outcome:
    """One decoder on one seed: rows, seconds, R², recall, precision; `seconds[1]` includes the refit."""

    rows: int
    seconds: tuple[float, float]
    recovery: tuple[float, float, float]


def compare(n: int, sparsity: int, b: int, peers: tuple[str, ...], seeds: int) -> None:
    """Ours and theirs on Gaussian coefficients at 10 dB."""
    cases = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        function = sparse_function(n, sparsity, ORDER, rng, "gauss", snr_db=10)
        cases.append((function, draw_distinct(n, 2000, rng)))
    name = f"n={n} s={sparsity} b={b} gauss 10 dB"
    theirs: dict[str, list[Outcome]] = {}
    for kind in peers:
        theirs[kind] = _peer_outcomes(cases, b, kind)
        _median_line(name, f"sparse-transform {kind}", theirs[kind])
    for kind in ("soft", "hard"):
        own = [_our_outcome(*case, b, seed, kind) for seed, case in enumerate(cases)]
        ratios = [
            float(np.median([t.seconds[0] / o.seconds[0] for t, o in zip(theirs.get(peer, []), own, strict=False)]))
            if theirs.get(peer)
            else None
            for peer in ("soft", "hard")
        ]
        # Where the peer was stopped early, ours on the same seeds stands beside it.
        for shared in sorted({len(o) for o in theirs.values() if o} | {seeds}):
            _median_line(name, f"spex_core {kind}", own[:shared], *("" if r is None else f"{r:.0f}x" for r in ratios))


def _peer_outcomes(cases: list[tuple[SparseFunction, np.ndarray]], b: int, kind: str) -> list[Outcome]:
    outcomes: list[Outcome] = []
    began = time.monotonic()
    for seed, (function, fresh) in enumerate(cases):
        if (time.monotonic() - began) * (seed + 1) > PEER_TOTAL * max(seed, 1):
            break
        result = peer(function, b, seed, kind == "soft")
        if result is None:
            break
        rows, seconds, spectrum = result
        outcomes.append(Outcome(rows, (seconds, float("nan")), function.recovery(spectrum, fresh)))
    return outcomes


def _our_outcome(function: SparseFunction, fresh: np.ndarray, b: int, seed: int, kind: str) -> Outcome:
    repeats = [ours(function, b, seed, kind == "soft", 1.0) for _ in range(REPEATS)]
    rows, _, _, spectrum = repeats[0]
    decoding, complete = (float(np.median([r[i] for r in repeats])) for i in (1, 2))
    return Outcome(rows, (decoding, complete), function.recovery(spectrum, fresh))


def _median_line(name: str, decoder: str, outcomes: list[Outcome], *ratios: str) -> None:
    if not outcomes:
        line(name, decoder, "", f"> {PEER_SECONDS} s of wall clock, given up")
        return
    decoding, complete = np.median([o.seconds for o in outcomes], axis=0)
    r2, recall, precision = np.median([o.recovery for o in outcomes], axis=0)
    line(
        name,
        f"{decoder}, seed{'s 0 to ' if len(outcomes) > 1 else ' '}{len(outcomes) - 1}",
        outcomes[0].rows,
        f"{decoding:.3f}",
        "" if np.isnan(complete) else f"{complete:.3f}",
        f"{r2:.4f}",
        f"{recall:.3f}",
        f"{precision:.3f}",
        *ratios,
    )


def grid(seeds: int) -> bool:
    """Worst recovery over seeds at 0.9 of the b = 7 budget; whether every noise-free R² reached 0.999."""
    good = True
    print("\nb = 7, 0.9 of the nominal rows, worst of", seeds, "seeds")
    line("function", "", "rows", "decode s", "fit s", "R2", "recall", "precision")
    for snr in (None, 10.0):
        for n in (20, 64, 128, 256, 1000):
            for sparsity in (10, 50, 100, 200):
                for kind in KINDS:
                    outcomes = []
                    for seed in range(seeds):
                        rng = np.random.default_rng(1000 + seed)
                        function = sparse_function(n, sparsity, ORDER, rng, kind, snr)
                        fresh = draw_distinct(n, 2000, rng)
                        rows, decoding, complete, spectrum = ours(function, 7, seed, True, COVERAGE)
                        outcomes.append((*function.recovery(spectrum, fresh), decoding, complete, rows))
                    r2, recall, precision = (min(o[i] for o in outcomes) for i in range(3))
                    decoding, complete, rows = (max(o[i] for o in outcomes) for i in range(3, 6))
                    good &= snr is not None or r2 >= 0.999
                    noise = "no noise" if snr is None else f"{snr:.0f} dB"
                    line(
                        f"n={n} s={sparsity} {kind} {noise}",
                        "",
                        rows,
                        f"{decoding:.3f}",
                        f"{complete:.3f}",
                        f"{r2:.5f}",
                        f"{recall:.3f}",
                        f"{precision:.3f}",
                    )
    return good


def share(n: int, sparsity: int, b: int) -> None:
    """Seconds of soft decoding, and how many of them are spent in compiled loops."""
    rng = np.random.default_rng(0)
    function = sparse_function(n, sparsity, ORDER, rng, "gauss", snr_db=10)
    kernels, spent = compiled.kernels(), []

    def timed(loop: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            began = time.process_time()
            answer = loop(*arguments)
            spent.append(time.process_time() - began)
            return answer

        return call

    for name in ("decode_bins", "correlate", "superpose", "overlaps"):
        setattr(kernels, name, timed(getattr(kernels, name)))
    plan, samples = planned(function, b, 0, 1.0)
    runs = []
    for _ in range(5 * REPEATS):
        spent.clear()
        start = time.process_time()
        peel(samples, plan.layout, ORDER, SOFT)
        runs.append((time.process_time() - start, sum(spent), len(spent)))
    whole, inside, calls = np.median(runs, axis=0)
    print(f"n={n} s={sparsity} b={b}: {1e3 * whole:.1f} ms, {1e3 * inside:.1f} of them in {calls:.0f} compiled calls")


def main() -> None:
    """Run the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", action="store_true", help="only the recovery grid")
    parser.add_argument("--compare", action="store_true", help="only the comparison")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", action="store_true", help="only how much of our decoding is compiled")
    parser.add_argument("--plain", action="store_true", help="ours without compiled kernels")
    options = parser.parse_args()
    if not options.plain and not compiled.warm():
        raise SystemExit("the kernels cannot be compiled here; see --plain")
    if options.share:
        share(100, 100, 6)
        return
    if not options.grid:
        line("function", "decoder", "rows", "decode s", "with refit", "R2", "recall", "precision", "vs soft", "vs hard")
        for n, sparsity, b, peers in COMPARED:
            compare(n, sparsity, b, peers, options.seeds)
    if not options.compare:
        good = grid(options.seeds)
        print("every noise-free R² >= 0.999:", "yes" if good else "NO")


if __name__ == "__main__":
    main()
