"""The command line and what is outside of it: files, devices, terminals, arguments that are no text."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spex_core import Explanation
from spex_core.cli import main
from tests.support.places import ROOT

pytestmark = pytest.mark.slow

RUN = ("explain", "--text", "not a bad film", "--model", "minilm-sentiment", "--budget", "14")


def _run(capsys, *arguments):
    status = main(list(arguments))
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def asked(monkeypatch):
    """How often a model was loaded."""
    from spex_core.models import registry

    calls = []
    load = registry.load_backend
    monkeypatch.setattr(
        registry, "load_backend", lambda *given, **options: calls.append(given) or load(*given, **options)
    )
    return calls


@pytest.mark.parametrize("flag", ["--json", "--html"])
@pytest.mark.parametrize(("place", "words"), [(".", "this is a folder"), ("none/o.json", "does not exist")])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_paid(flag, place, words, asked, tmp_path, capsys):
    status, out, err = _run(capsys, *RUN, flag, str(tmp_path / place))
    assert (status, out, err.count("\n"), asked) == (2, "", 1, [])
    assert words in err


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder here that even root cannot write to")
def test_a_folder_that_takes_no_file_is_refused_before_anything_is_paid(asked, capsys):
    status, out, err = _run(capsys, *RUN, "--html", "/proc/o.html")
    assert (status, out, err.count("\n"), asked) == (2, "", 1, [])
    assert "cannot be written here" in err


def test_one_file_for_two_outputs_is_refused_before_anything_is_paid(asked, tmp_path, capsys):
    status, out, err = _run(capsys, *RUN, "--json", str(tmp_path / "o"), "--html", f"{tmp_path}/./o")
    assert (status, out, err.count("\n"), asked) == (2, "", 1, [])
    assert "--json and --html both name" in err


def test_an_older_file_stays_whole_where_the_disk_is_full(tmp_path, monkeypatch, capsys):
    older = tmp_path / "o.json"
    older.write_text("older")
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    status, out, err = _run(capsys, *RUN, "--json", str(older))
    assert (status, out) == (2, "")
    assert "No space left on device" in err
    assert "passes, estimator" in err  # what was paid for is told all the same
    assert older.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["o.json"]


def test_a_file_is_written_and_read_again(tmp_path, capsys):
    target = tmp_path / "o.json"
    assert main([*RUN, "--json", str(target)]) == 0
    assert Explanation.from_json(target.read_text()).features[1] == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["o.json"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_full_standard_output_is_one_line_and_the_summary(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "spex_core", *RUN, "--json", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
    assert done.returncode == 1
    assert "passes, estimator" in done.stderr
    assert "cannot write: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_terminal_that_lacks_a_letter_shows_the_rest(encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "spex_core", *RUN[:2], "gut 好 film", *RUN[3:]]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    assert b"passes, estimator" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no endless device")
def test_an_endless_file_is_refused(capsys):
    status, _, err = _run(capsys, "explain", "--text-file", "/dev/zero", "--model", "minilm-sentiment")
    assert (status, err.count("\n")) == (2, 1)
    assert "above the limit of 200,000 characters" in err


@pytest.mark.parametrize("option", ["question", "answer", "against"])
def test_bytes_that_are_no_text_are_one_line(option, capsys):
    given = {"question": "who?", "answer": "Ana", "against": "Bob", option: "caf\udce9"}
    flags = [part for name, value in given.items() for part in (f"--{name}", value)]
    status, _, err = _run(capsys, "explain", "--text", "Ana is here.", "--model", "reader", *flags)
    assert (status, err.count("\n")) == (2, 1)
    assert f"{option} of reader" in err


def test_what_is_not_told_from_noise_is_not_listed(capsys):
    status, out, _ = _run(
        capsys, "explain", "--text", "the film is a film and not a play of words", *RUN[3:5], "--budget", "5"
    )
    assert status == 0
    found = Explanation.from_json(_json(capsys)).interactions("FBII")
    listed = [line for line in out.splitlines() if line[:3].strip().isdecimal()]
    assert len(listed) == min(10, sum(interaction.significant for interaction in found))


def _json(capsys):
    stream = io.StringIO()
    from contextlib import redirect_stdout

    with redirect_stdout(stream):
        main(
            [
                "explain",
                "--text",
                "the film is a film and not a play of words",
                *RUN[3:5],
                "--budget",
                "5",
                "--json",
                "-",
            ]
        )
    return stream.getvalue()
