"""Where the store is: a folder, a file or a server by URL, and what is said where it cannot be reached."""

import numpy as np
import pytest

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.runs.store.run_store import RunStore, default_root
from tests.support.store_faults import sql

KEY = "0123abcd"


def _samples(seed, m=7, n=13):
    rng = np.random.default_rng(seed)
    return Samples(rng.random((m, n)) < 0.5, rng.normal(size=m))


def test_the_folder_is_chosen_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("SPEX_EXPLORER_STORE", raising=False)
    monkeypatch.setenv("SPEX_EXPLORER_HOME", str(tmp_path / "chosen"))
    assert default_root() == tmp_path / "chosen"
    RunStore().append(KEY, _samples(1))
    assert (tmp_path / "chosen" / "runs.sqlite3").is_file()
    monkeypatch.delenv("SPEX_EXPLORER_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_root().name == "spex-explorer"


def test_the_environment_may_name_a_database(monkeypatch, place):
    url = place if isinstance(place, str) else f"sqlite:///{place}/team.sqlite3"
    monkeypatch.setenv("SPEX_EXPLORER_STORE", url)
    RunStore().append(KEY, _samples(1))
    assert len(RunStore(url).samples(KEY, 13)) == 7


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:tops3cret@127.0.0.1:1/runs", "could not list the runs"),
        ("postgresql://me@127.0.0.1:1/runs?password=tops3cret", "could not list the runs"),
        ("postgresql://me:tops3cret@host:port/runs", "database URL"),
        ("mysql://me:tops3cret@host/runs", "not on mysql|Python package"),
        ("nonsense://me:tops3cret@host/runs", "database URL"),
        ("sqlite://", "in memory"),
    ],
)
def test_an_address_that_does_not_work_is_one_line_without_its_password(url, words):
    with pytest.raises(StoreError, match=words) as caught:
        RunStore(url).list()
    error: BaseException | None = caught.value
    assert "\n" not in str(error)
    while error is not None:
        assert "tops3cret" not in str(error)
        error = error.__cause__


def test_an_address_that_is_no_url_is_not_repeated(monkeypatch):
    monkeypatch.setenv("SPEX_EXPLORER_STORE", "tops3cret")
    with pytest.raises(StoreError, match="SPEX_EXPLORER_STORE must hold") as caught:
        RunStore().list()
    assert "tops3cret" not in str(caught.value)


def test_a_wrong_password_is_said_without_it(postgres):
    from tests.support.postgres import PASSWORD

    with pytest.raises(StoreError, match="password authentication failed") as caught:
        RunStore(postgres.replace(postgres.split(":")[2].split("@")[0], "tops3cret")).list()
    assert "tops3cret" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_dropped_its_connections_is_asked_again(postgres):
    store = RunStore(postgres)
    store.append("dropped", _samples(1))
    other = RunStore(postgres)
    sql(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    store.append("dropped", _samples(2))
    assert len(store.samples("dropped", 13)) == 14
    for used in (store, other):
        used.close()


def test_a_file_that_is_no_store_is_left_alone(tmp_path):
    (tmp_path / "runs.sqlite3").write_text("my diary " * 1000)
    with pytest.raises(StoreError, match="not a database"):
        RunStore(tmp_path).list()
    assert (tmp_path / "runs.sqlite3").read_text() == "my diary " * 1000
