"""A store with many runs, written in one transaction."""

from __future__ import annotations

from typing import Any

from spex_core.protocols import ModelSpec
from spex_core.request_data import plain
from spex_core.requests import TextRequest
from spex_core.run_records import RunRecord
from spex_core.store import RunStore, _stamped

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
