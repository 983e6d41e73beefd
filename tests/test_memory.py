"""Memory: what is left is read from the system, and what does not fit is refused with the numbers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import spex_core
from spex_core import memory
from spex_core.errors import InputError
from spex_core.models.base import Forecast, check_forecast
from tests.support.places import ROOT


def _machine(folder, available=None, limit=None, used=0, cache=0):
    (folder / "meminfo").write_text("MemTotal: 99 kB\n" + (f"MemAvailable:   {available} kB\n" if available else ""))
    if limit is not None:
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cache}\n")
    return memory.available_bytes(folder / "meminfo", folder)


def test_the_smaller_of_machine_and_container_counts(tmp_path):
    assert _machine(tmp_path, available=2000) == 2000 * 1024
    assert _machine(tmp_path, available=2000, limit="max") == 2000 * 1024
    assert _machine(tmp_path, available=2000, limit=1_000_000, used=300_000) == 700_000
    assert _machine(tmp_path, available=2000, limit=1_000_000, used=300_000, cache=200_000) == 900_000
    assert _machine(tmp_path, available=2000, limit=1_000_000, used=3_000_000) == 0
    assert _machine(tmp_path, available=10, limit=1_000_000) == 10 * 1024


def test_where_nothing_is_told_nothing_is_refused(tmp_path):
    assert memory.available_bytes(tmp_path / "no", tmp_path) is None
    assert _machine(tmp_path) is None
    memory.check_run(10**18, None)


def test_a_run_that_does_not_fit_is_refused_before_the_model_is_called(monkeypatch):
    monkeypatch.setattr("spex_core.engine.design.available_bytes", lambda: 1_500_000_000)
    calls = []
    with pytest.raises(InputError, match=r"about 1[0-9][0-9]\.\d GB of memory and 1\.5 GB are free; lower the budget"):
        spex_core.explain(calls.append, 1000, budget=2_000_000)
    assert calls == []
    spex_core.explain(lambda masks: masks[:, 0] * 1.0, 30, budget=300)


@pytest.mark.parametrize(
    ("forecast", "words"),
    [
        (Forecast(problem="no such folder"), "big cannot run here: no such folder"),
        (
            Forecast(memory_bytes=16_000_000_000, free_bytes=4_000_000_000, device="cuda"),
            r"16\.0 GB .* cuda and 4\.0 GB",
        ),
    ],
)
def test_models_that_do_not_fit_are_refused(forecast, words):
    with pytest.raises(InputError, match=words):
        check_forecast("big", forecast)


def test_models_that_fit_or_say_nothing_are_not():
    for forecast in (None, Forecast(), Forecast(memory_bytes=9), Forecast(free_bytes=9), Forecast(9, 8, 9)):
        check_forecast("small", forecast)


# VmHWM, not getrusage: the latter's peak is inherited from whoever started the process. Each run has a process of its
# own, forked where all is imported: its peak begins at what it has.
_PEAKS = """
import json, os, sys
from pathlib import Path
def peak():
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return 1024 * int(lines["VmHWM"].split()[0])
import spex_core, lightgbm, scipy.linalg, scipy.optimize
pairs = lambda m: m[:, 0] * 2.0 - (m[:, 1] & m[:, 2]) + m[:, 3:].sum(axis=1)
for n, passes, name in json.loads(sys.argv[1]):
    if not os.fork():
        before = peak()
        spex_core.explain(pairs, n, budget=passes, estimator=name, max_order=2)
        print(peak() - before, flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
"""
_RUNS = [(40, 10_000, "auto"), (300, 50_000, "banzhaf"), (17, 2**17, "exact")]


@pytest.fixture(scope="module")
def taken():
    """What each of the runs took at most."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAKS, json.dumps(_RUNS)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return dict(zip(_RUNS, map(int, done.stdout.split()), strict=True))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell a process's peak")
@pytest.mark.parametrize("run", _RUNS, ids=lambda run: "-".join(map(str, run)))
def test_the_estimate_is_not_below_what_a_run_takes(taken, run):
    n, passes, name = run
    estimate = memory.run_bytes(n, passes, 1 if name == "banzhaf" else 2, name == "exact")
    assert taken[run] < 1.1 * estimate
    assert estimate < 10 * taken[run] + 200_000_000
