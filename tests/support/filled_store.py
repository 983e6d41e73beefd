"""A store with many runs, written in one transaction."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import TextSource
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.models.base import ModelSpec
from spex_core.runs.request_data import plain
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.records import RunRecord
from spex_core.runs.store.run_store import RunStore, _stamped

TEXT = "not bad film"
REQUEST = TextRequest(text=TEXT, model=ModelSpec("minilm-sentiment", {}), budget=1000)


def record(run_id: str, **fields: Any) -> RunRecord:
    """The line of a finished run of a text of 60 words; `fields` replace its own."""
    usual = {
        "title": f"input of {run_id}",
        "kind": "text",
        "model": "minilm-sentiment",
        "target": "positive (log-odds)",
        "unit": "word",
        "estimator": "auto",
        "budget": 1000,
        "n_features": 60,
        "state": "done",
        "paid": 1000,
        "evaluations": 1000,
        "r2": 0.9,
        "seconds": 10.0,
    }
    return RunRecord(id=run_id, **{**usual, **fields})


def put(store: RunStore, run_id: str, **fields: Any) -> None:
    """One run as a manager writes it."""
    request, content = plain(REQUEST)
    store.create(record(run_id, **fields), request, content, "nobody")


def fill(store: RunStore, count: int) -> None:
    """Runs r0, r1, ... with long titles."""
    with store._transaction("fill the store", write=True) as queries:
        now = queries.now()
        for at in range(count):
            line = record(f"r{at}", title=f"{at} {TEXT * 20}"[:200], created_at=now - at)
            assert queries.add_run(_stamped(line, now), "{}", TEXT.encode(), "nobody", now)


def long_run(n_words: int = 1000, n_terms: int = 170, n_draws: int = 64, n_samples: int = 20_000) -> Explanation:
    """What a run of `n_samples` passes on a text of `n_words` looks like, made up: singles and pairs, with draws."""
    rng = np.random.default_rng(0)
    supports = sorted({tuple(sorted(rng.choice(n_words, 1 + at % 2, replace=False).tolist())) for at in range(n_terms)})
    spectrum = Spectrum.from_terms(n_words, [(), *supports], rng.normal(size=1 + len(supports)))
    words = [f"word{at % 300}" for at in range(n_words)]
    text = " ".join(words)
    return Explanation(
        features=tuple(words),
        spectrum=spectrum,
        draws=spectrum.coefficients + 0.05 * rng.normal(size=(n_draws, len(spectrum))),
        output_full=1.0,
        output_empty=-1.0,
        faithfulness_report=Faithfulness(0.95, 0.94, 0.96, 400),
        estimator="spex",
        requested_estimator="auto",
        budget=n_samples,
        evaluations=n_samples,
        max_order=5,
        seed=0,
        model=ModelSpec("minilm-sentiment", {}),
        value_unit="log-odds",
        toward=("negative", "positive"),
        source=TextSource(text, tuple(match.span() for match in re.finditer(r"\S+", text)), "word", "unk"),
    )


def put_long_run(store: RunStore, run_id: str, n_samples: int = 20_000) -> None:
    """`long_run` with the passes that it would have paid for."""
    explanation = long_run(n_samples=n_samples)
    rng = np.random.default_rng(1)
    masks = rng.random((n_samples, explanation.n_features)) < 0.5
    store.append("long", Samples(masks, rng.normal(size=n_samples)))
    store.save(run_id, explanation)
