"""Ten inputs are explained as they were when the results beside this file were recorded.

To the last bit where the processor, its BLAS kernel and the libraries are the recorded ones. Elsewhere sums are rounded
otherwise, and what is asked is what no rounding can change: passes, outputs, and every term of some size.
`python -m tests.test_unchanged` records anew, for a change that means to change results.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import spex_core
from spex_core import Explanation
from tests.support.places import ASSETS, ROOT

pytestmark = pytest.mark.slow

RECORDED = ROOT / "tests" / "data" / "unchanged" / "explanations.json"
LIBRARIES = ("numpy", "scipy", "lightgbm", "numba", "torch", "tokenizers", "transformers", "pillow")
PUZZLE = "A runaway tram will hit five workers. You can pull the lever to turn it away from one worker. Do you pull it?"


def _function(n: int, terms: int, order: int, noise: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    """A set function of few Fourier terms; its noise is a function of the mask."""
    rng = np.random.default_rng(n + terms)
    supports = [rng.choice(n, size=rng.integers(1, order + 1), replace=False) for _ in range(terms)]
    weights = rng.normal(size=terms)
    waves = rng.normal(size=n)

    def value(masks: np.ndarray) -> np.ndarray:
        total = np.zeros(len(masks))
        for support, weight in zip(supports, weights, strict=True):
            total += weight * (1 - 2.0 * (masks[:, support].sum(axis=1) % 2))
        return total + noise * np.sin((masks * waves).sum(axis=1) * 100)

    return value


def _of_function(n: int, budget: int, estimator: str, terms: int = 12, order: int = 3) -> Callable[[], Explanation]:
    return lambda: spex_core.explain(_function(n, terms, order, 0.05), n, budget, estimator, seed=3)


def _scene() -> Explanation:
    saved = Explanation.from_json((ASSETS / "saved" / "scene.json").read_text(encoding="utf-8"))
    backend = spex_core.load_backend("scenes", **saved.model.options)
    return spex_core.explain_image(saved.source.picture, backend, grid=(6, 4), budget=120)


def _review() -> Explanation:
    text = "The film is not bad at all: slow at first, but the ending makes up for every dull minute of it."
    return spex_core.explain_text(text, "minilm-sentiment", unit="word", budget=300)


def _puzzle() -> Explanation:
    return spex_core.explain_text(PUZZLE, "switchyard", unit="word", budget=460, estimator="spex", max_order=3)


INPUTS: dict[str, Callable[[], Explanation]] = {
    "exact, 8 features": _of_function(8, 256, "exact"),
    "spex, 40 features": _of_function(40, 1500, "spex"),
    "spex-hard, 200 features": _of_function(200, 3000, "spex-hard"),
    "proxyspex, 25 features": _of_function(25, 500, "proxyspex"),
    "gp, 20 features": _of_function(20, 300, "gp"),
    "banzhaf, 60 features": _of_function(60, 200, "banzhaf"),
    "auto, 14 features": _of_function(14, 400, "auto"),
    "minilm-sentiment, a review by word": _review,
    "switchyard, a puzzle by word": _puzzle,
    "scenes, a picture by patch": _scene,
}
SAVED = ("first.json", "scene.json")


def _machine() -> str:
    """What decides the last bits: processor, BLAS and its kernel, vector instructions, libraries."""
    from numpy._core._multiarray_umath import __cpu_features__

    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    facts = [
        *sorted(
            {line for line in lines if line.startswith(("model name", "cpu family", "model\t", "stepping", "cache"))}
        ),
        *sorted(f"{info['internal_api']} {info['version']} {info.get('architecture')}" for info in threadpool_info()),
        *sorted(
            f"{key}={value}"
            for key, value in os.environ.items()
            if key.startswith(("OPENBLAS_CORE", "OPENBLAS_L2", "OMP_NUM", "MKL_NUM"))
        ),
        os.environ.get("NPY_DISABLE_CPU_FEATURES", ""),
        *sorted(name for name, on in __cpu_features__.items() if on),
        *(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES),
        sys.version,
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _record(explanation: Explanation) -> dict[str, Any]:
    """What was found, and a digest of all of it but the seconds."""
    document = json.loads(explanation.to_json())
    del document["seconds"]
    report = explanation.faithfulness_report
    return {
        "digest": hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest(),
        "supports": [list(support) for support in explanation.spectrum.supports],
        "coefficients": explanation.spectrum.coefficients.tolist(),
        "r2": report.r2,
        "output": [explanation.output_full, explanation.output_empty],
        "evaluations": explanation.evaluations,
    }


def _terms(record: dict[str, Any]) -> dict[tuple[int, ...], float]:
    return dict(zip(map(tuple, record["supports"]), record["coefficients"], strict=True))


def _explained(name: str) -> dict[str, Any]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return _record(INPUTS[name]())
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("name", INPUTS)
def test_an_explanation_is_what_it_was(name):
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    before, now = recorded["inputs"][name], _explained(name)
    if recorded["machine"] == _machine():
        assert now == before
    assert now["evaluations"] == before["evaluations"]
    np.testing.assert_allclose(now["output"], before["output"], rtol=1e-3, atol=1e-3)
    # A network's values differ in the sixth digit, and with them where trees split: its R² by .005 between two makes.
    assert now["r2"] == pytest.approx(before["r2"], abs=0.02)
    mine, recorded_terms = _terms(now), _terms(before)
    large = 0.1 * max(map(abs, recorded_terms.values()))
    for one, other in ((mine, recorded_terms), (recorded_terms, mine)):
        for support, coefficient in one.items():
            if abs(coefficient) > large:
                assert other[support] == pytest.approx(coefficient, rel=0.05), support


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_run_is_written_as_it_was_read(name):
    text = (ASSETS / "saved" / name).read_text(encoding="utf-8")
    assert Explanation.from_json(text).to_json() == text


if __name__ == "__main__":
    os.environ["SPEX_MINILM_DTYPE"] = "fp32"  # as in conftest
    RECORDED.parent.mkdir(parents=True, exist_ok=True)
    inputs = {name: _explained(name) for name in INPUTS}
    RECORDED.write_text(json.dumps({"machine": _machine(), "inputs": inputs}, indent=1) + "\n", encoding="utf-8")
