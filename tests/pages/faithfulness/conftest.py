"""Runs whose passes are known, and a model that answers without being loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.components.common import session
from pages.components.faithfulness import methods as faithfulness_methods
from pages.components.faithfulness import work as faithfulness_work
from pages.components.faithfulness.work import Jobs
from pages.components.result import sources
from spex_core.arrays import Samples
from spex_core.explanation.result import Explanation
from spex_core.runs.store.run_store import RunStore
from tests.support.faithfulness_page import (
    explained,
    value_of,
)
from tests.support.managers import Manager


@pytest.fixture(scope="module")
def known() -> tuple[Explanation, Samples]:
    return explained()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager(RunStore(tmp_path), value_of)
    jobs = Jobs()
    monkeypatch.setattr(session, "manager", lambda: manager)
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    for module in (faithfulness_work, faithfulness_methods):
        monkeypatch.setattr(module, "jobs", lambda: jobs)
    for name in ("removal", "noise"):
        monkeypatch.setattr(f"pages.components.faithfulness.{name}.jobs", lambda: jobs)
    sources._stored.cache_clear()
    yield manager
    jobs.close()
