"""The command line keeps its passes where the app keeps them, under the same names; stopped, it loses none."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from spex_core.cli import main
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import PictureRequest, TextRequest
from spex_core.runs.store.run_store import RunStore, default_root
from tests.support.counting_model import TEXT, Counting
from tests.support.endpoint_server import serving
from tests.support.fake_pictures import Both, scene
from tests.support.kills import Till
from tests.support.places import ROOT
from tests.support.waiting import done

RUN = ("explain", "--text", TEXT, "--model", "counting", "--answer", "yes", "--budget", "100", "--estimator", "banzhaf")


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEX_EXPLORER_HOME", str(tmp_path / "home"))


@pytest.fixture
def model(monkeypatch):
    return Counting.fresh(monkeypatch)


def _run(capsys, *arguments):
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_a_second_call_pays_nothing_and_says_the_same(model, capsys):
    first = _run(capsys, *RUN, "--json", "-")
    assert (first[0], len(model.asked)) == (0, 100)
    status, out, err = _run(capsys, *RUN, "--json", "-")
    assert (status, len(model.asked)) == (0, 100)
    assert "100/100 passes" in err
    before, after = (Explanation.from_json(text) for text in (first[1], out))
    assert before.spectrum.coefficients.tobytes() == after.spectrum.coefficients.tobytes()
    _run(capsys, *RUN[:-3], "150", "--estimator", "banzhaf")
    assert len(model.asked) == 150  # the difference


@pytest.mark.parametrize("app_first", [True, False])
def test_the_app_and_the_command_line_find_each_others_passes(model, capsys, app_first):
    request = TextRequest(
        text=TEXT, model=ModelSpec("counting", {"answer": "yes"}), budget=100, masking="removal", estimator="banzhaf"
    )
    ways = [lambda: done(RunManager().start(request)), lambda: _run(capsys, *RUN)]
    for way in ways if app_first else reversed(ways):
        way()
        assert len(model.asked) == 100


def test_a_picture_too(monkeypatch, tmp_path, capsys):
    from spex_core.models import registry

    monkeypatch.setitem(registry.backends(), "both", Both)
    monkeypatch.setattr(Both, "told", None)
    (tmp_path / "scene.png").write_bytes(png_bytes(scene()))
    command = ("explain", "--image", str(tmp_path / "scene.png"), "--model", "both", "--grid", "4x3", "--budget", "60")
    assert _run(capsys, *command, "--estimator", "banzhaf")[0] == 0
    data = (tmp_path / "scene.png").read_bytes()
    request = PictureRequest(
        picture=data,
        model=ModelSpec("both", {}),
        grid=(4, 3),
        budget=60,
        masking=Both.maskings[0],
        estimator="banzhaf",
    )
    assert done(RunManager().start(request)).paid == 0


def test_without_the_store_nothing_is_looked_up_or_kept(model, capsys):
    assert _run(capsys, *RUN, "--no-store")[0] == 0
    assert not default_root().exists()
    _run(capsys, *RUN)
    _run(capsys, *RUN, "--no-store")
    assert len(model.asked) == 300
    with pytest.raises(SystemExit):
        main(["explain", "--help"])
    assert "--no-store" in capsys.readouterr().out


@pytest.mark.parametrize("at", ["reading", "writing"])
def test_a_store_that_refuses_is_one_line_and_the_run_goes_on(model, capsys, monkeypatch, at):
    def refuse(*_):
        raise StoreError("could not save paid samples, so the run stops: database or disk is full")

    if at == "reading":
        monkeypatch.setattr(RunStore, "leases", property(refuse))
        monkeypatch.setattr(RunStore, "samples", refuse)
    else:
        monkeypatch.setattr(RunStore, "append", refuse)
    status, out, err = _run(capsys, *RUN)
    assert status == 0
    assert "R²" in out
    told = [line for line in err.splitlines() if "are not kept" in line]
    assert told == ["the passes of this run are not kept: could not save paid samples: database or disk is full"]
    assert len(model.asked) == 100


def test_a_store_that_cannot_be_opened_is_one_line(model, capsys, monkeypatch, tmp_path):
    (tmp_path / "a file").write_text("no folder")
    monkeypatch.setenv("SPEX_EXPLORER_HOME", str(tmp_path / "a file"))
    status, _, err = _run(capsys, *RUN)
    assert status == 0
    assert err.count("are not kept") == 1


def test_what_was_refused_in_between_is_offered_again_at_the_end(model, capsys, monkeypatch):
    append, calls = RunStore.append, []

    def sometimes(self, key, samples):
        calls.append(len(samples))
        if len(calls) == 2:
            raise StoreError("database is locked")
        append(self, key, samples)

    monkeypatch.setattr(RunStore, "append", sometimes)
    assert _run(capsys, *RUN)[0] == 0
    assert calls == [20, 20, 80]
    _run(capsys, *RUN)
    assert len(model.asked) == 100


def test_a_bad_row_costs_that_row(model, capsys, monkeypatch):
    score = Counting.score

    def wrong(self, inputs):
        values = score(self, inputs).astype(float)
        if len(model.asked) == 60:
            values[7] = np.nan
        return values

    monkeypatch.setattr(Counting, "score", wrong)
    status, _, err = _run(capsys, *RUN)
    assert (status, "rows 7" in err) == (1, True)
    monkeypatch.setattr(Counting, "score", score)
    _run(capsys, *RUN)
    assert len(model.asked) == 101


def test_one_ctrl_c_explains_what_is_paid_and_a_second_is_one_line(model, capsys):
    def press(inputs):
        if len(model.asked) == 40:
            signal.raise_signal(signal.SIGINT)

    model.on_batch = press
    status, out, _ = _run(capsys, *RUN)
    assert (status, "60 passes" in out) == (0, True)
    model.on_batch = lambda inputs: len(model.asked) == 80 and [signal.raise_signal(signal.SIGINT) for _ in range(2)]
    status, _, err = _run(capsys, *RUN)
    assert status == 130
    assert err.splitlines()[-1].startswith("spex_core: error: stopped")
    model.on_batch = None
    _run(capsys, *RUN)
    assert len(model.asked) == 100


def test_sigterm_ends_after_what_is_under_way_and_before_any_fit(model, capsys):
    model.on_batch = lambda inputs: len(model.asked) == 40 and signal.raise_signal(signal.SIGTERM)
    status, out, err = _run(capsys, *RUN)
    assert (status, out) == (143, "")
    assert "stopped" in err.splitlines()[-1]
    assert len(model.asked) == 60
    model.on_batch = None
    _run(capsys, *RUN)
    assert len(model.asked) == 100


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_real_process_at_a_paid_server_is_stopped_and_called_again(how, tmp_path):
    with serving() as server:
        server.behaviour.delay = 0.05
        options = {"--url": server.url, "--model-path": "tiny", "--question": "True or False?", "--answer": "True"}
        options |= {"--concurrency": "4", "--budget": "120", "--estimator": "banzhaf"}
        command = [sys.executable, "-m", "spex_core", "explain", "--model", "openai", "--text", TEXT]
        command += [word for pair in options.items() for word in pair]
        till = Till(server)
        started = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ)
        reader = threading.Thread(target=started.communicate, daemon=True)
        assert till.wait(50, lambda: started.poll() is not None)
        started.send_signal(getattr(signal, how))
        reader.start()
        assert started.wait(60) == (143 if how == "SIGTERM" else -signal.SIGKILL)
        again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ, check=False)
        assert again.returncode == 0, again.stderr
        assert len(till.bodies()) - len(set(till.bodies())) <= 4
