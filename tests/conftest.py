"""Fixtures of several test files."""

from __future__ import annotations

import gc
import os
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No chance, and no clock: the same examples on every machine, however busy it is. Fresh ones are for `make fuzz`.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")

# numba, which galois compiles with, sets how many threads OpenMP has, and so torch in the same process: with two on one
# core every small product of matrices waits for both, and tests of models take ten times as long.
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

# Whether MiniLM computes in bf16 is decided by a measurement, and values then differ by some .01: no chance in tests.
os.environ.setdefault("SPEX_MINILM_DTYPE", "fp32")

# They fork: a child copies what the process holds, which is least before any model is there.
FORKING = {"store/test_crash.py", "store/test_many.py", "store/test_leases.py", "runs/test_four_processes.py"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--shuffle 7``: no test may rest on what ran before it."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="files, and the tests of a file, in another order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that fork come first."""
    if (seed := config.getoption("shuffle")) is not None:
        draw = random.Random(seed)
        files = {path: draw.random() for path in sorted({item.path for item in items})}
        items.sort(key=lambda item: (files[item.path], draw.random()))
    items.sort(key=lambda item: not item.path.as_posix().endswith(tuple(FORKING)))


def pytest_collection_finish() -> None:
    """What was imported so far stays: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the runs of whoever starts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPEX_EXPLORER_HOME", str(tmp_path_factory.mktemp("spex-home")))
        patch.delenv("SPEX_EXPLORER_STORE", raising=False)
        yield


@pytest.fixture
def one_torch_thread() -> Iterator[None]:
    """Keep torch to one thread: several tests share two cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server that was started for these tests; skips where it cannot run."""
    from tests.support.postgres import UnavailableError, serving

    try:
        with serving() as url:
            yield url
    except UnavailableError as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where an empty store can be: a folder, then a schema of its own on a PostgreSQL server."""
    if request.param == "sqlite":
        return tmp_path / "home"
    from sqlalchemy import create_engine, make_url, text

    url = make_url(request.getfixturevalue("postgres"))
    schema = f"t{uuid.uuid4().hex}"
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    return url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
