"""Speed of the exact conversions against other packages' converters.

    python benchmarks/conversions.py [n_features] [terms] [max_order]

One random spectrum (default: 200 features, 2,000 terms of order <= 6), every index at the order of the
spectrum and at order 2. Prints milliseconds of processor time (best of several) and the ratio to each installed peer;
values are compared, so that no speed is bought with a wrong answer. Peers that are not installed are named.
(spectralexplain's SII and BII ignore `order`, which is why theirs are compared up to it.)
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from spex_core.fourier.conversions import convert

SHAPIQ_INDICES = {"SV", "SII", "STII", "FSII", "FBII"}
SPECTRALEXPLAIN_INDICES = {
    "Moebius": None,
    "SII": "mobius_to_shapley_ii",
    "BII": "mobius_to_banzhaf_ii",
    "STII": "mobius_to_shapley_taylor_ii",
    "FSII": "mobius_to_faith_shapley_ii",
    "FBII": "mobius_to_faith_banzhaf_ii",
}


def best_of(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Shortest of `repeats` runs in seconds of processor time, and the last result."""
    shortest, result = float("inf"), None
    for _ in range(repeats):
        result = None  # letting go of the last result is no part of the work
        began = time.process_time()
        result = work()
        shortest = min(shortest, time.process_time() - began)
    return shortest, result


def random_spectrum(n: int, terms: int, max_order: int) -> dict[tuple[int, ...], float]:
    """Distinct random supports of order 1 to `max_order` and the constant, with normal coefficients."""
    rng = np.random.default_rng(0)
    supports: set[tuple[int, ...]] = {()}
    while len(supports) < terms:
        supports.add(tuple(sorted(rng.choice(n, int(rng.integers(1, max_order + 1)), replace=False).tolist())))
    return {support: float(rng.normal()) for support in sorted(supports)}


def with_shapiq(n: int, moebius: dict[tuple[int, ...], float], index: str, order: int, top: int) -> Any:
    """One conversion by shapiq: seconds and its scores; it starts from ready Möbius coefficients, ours from Fourier."""
    from shapiq import InteractionValues
    from shapiq.game_theory.moebius_converter import MoebiusConverter

    values = InteractionValues(
        values=np.array(list(moebius.values())),
        interaction_lookup={support: row for row, support in enumerate(moebius)},
        index="Moebius",
        max_order=top,
        n_players=n,
        min_order=0,
        baseline_value=moebius[()],
    )
    seconds, result = best_of(lambda: MoebiusConverter(values)(index, order), 3)
    return seconds, dict(result.interactions)


def with_spectralexplain(n: int, spectrum: dict[tuple[int, ...], float], index: str, order: int) -> Any:
    """One conversion by spectralexplain, from its own keys (0/1 tuples of length n), through Möbius as it does."""
    from spectralexplain import utils

    keyed = {tuple(int(i in support) for i in range(n)): value for support, value in spectrum.items()}
    name = SPECTRALEXPLAIN_INDICES[index]
    finish = (lambda table: table) if name is None else (lambda table: getattr(utils, name)(table, order=order))
    repeats = 1 if index in ("SII", "BII") else 3  # those take half a minute
    seconds, result = best_of(lambda: finish(utils.fourier_to_mobius(keyed)), repeats)
    return seconds, {tuple(np.flatnonzero(key).tolist()): value for key, value in result.items()}


def main(n: int = 200, terms: int = 2000, max_order: int = 6) -> None:
    """Print the table."""
    spectrum = random_spectrum(n, terms, max_order)
    supports, coefficients = list(spectrum), np.array(list(spectrum.values()))
    moebius = dict(zip(*map(list, convert(n, supports, coefficients, "Moebius")), strict=True))
    peers: dict[str, tuple[set[str], Callable[[str, int], Any]]] = {}
    if importlib.util.find_spec("shapiq"):
        peers["shapiq"] = (SHAPIQ_INDICES, lambda index, order: with_shapiq(n, moebius, index, order, max_order))
    else:
        print("shapiq is not installed here and is left out: pip install shapiq==1.4.1")
    if importlib.util.find_spec("spectralexplain"):
        known = set(SPECTRALEXPLAIN_INDICES)
        peers["spectralexplain"] = (known, lambda index, order: with_spectralexplain(n, spectrum, index, order))
    else:
        print("spectralexplain is not installed here and is left out: pip install spectralexplain==0.0.4")

    print(f"n = {n}, {terms} terms of order <= {max_order}")
    for order in dict.fromkeys((max_order, 2)):
        for index in ("Moebius", "SV", "SII", "BII", "STII", "FSII", "FBII"):
            ours, (found, values) = best_of(partial(convert, n, supports, coefficients, index, order), 25)
            table = dict(zip(found, values.tolist(), strict=True))
            print(f"{index:8} order {order}: {ours * 1e3:8.2f} ms, {len(found):6} interactions", end="")
            for name, (known, work) in peers.items():
                if index in known and not (index == "Moebius" and order != max_order):
                    theirs, scores = work(index, order)
                    gap = max(abs(score - table.get(s, 0.0)) for s, score in scores.items() if 0 < len(s) <= order)
                    print(f" | {name} {theirs * 1e3:9.1f} ms = {theirs / ours:6.1f} x, differs by {gap:.0e}", end="")
            print(flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
