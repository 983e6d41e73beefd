"""Results are on the disk line by line; a torn line is dropped, other settings are refused."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from spex_core.bench.journal import FILE, Journal, held
from spex_core.errors import InputError, StoreError
from spex_core.runs.store.owners import this_process
from tests.support.places import ROOT

SETTINGS = {"experiment": "removal", "budgets": (100, 200)}


def test_lines_are_read_back_by_the_next_process(tmp_path):
    journal = Journal(tmp_path / "out", SETTINGS)
    journal.append({"example": "é\n1", "r2": 0.1 + 0.2})
    again = Journal(tmp_path / "out", SETTINGS)
    assert again.lines == journal.lines == [{"example": "é\n1", "r2": 0.1 + 0.2}]


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_line_torn_at_any_byte_is_dropped_and_the_rest_kept(kept, tmp_path):
    journal = Journal(tmp_path, SETTINGS)
    journal.append({"a": 1})
    journal.append({"b": 2})
    whole = (tmp_path / FILE).read_bytes()
    ends = [0, *(position + 1 for position, byte in enumerate(whole) if byte == 10)]
    for size in range(ends[kept - 1] + 1, ends[kept]):
        (tmp_path / FILE).write_bytes(whole[:size])
        again = Journal(tmp_path, SETTINGS)
        assert again.lines == [{"a": 1}, {"b": 2}][: max(kept - 2, 0)]
        again.append({"c": 3})
        assert Journal(tmp_path, SETTINGS).lines == [*again.lines]


def test_other_settings_are_refused_and_named(tmp_path):
    Journal(tmp_path, SETTINGS).append({"a": 1})
    with pytest.raises(InputError, match=r"other settings \(budgets was \[100, 200\]\); give another folder"):
        Journal(tmp_path, {**SETTINGS, "budgets": (100,)})
    assert len(Journal(tmp_path, SETTINGS).lines) == 1


@pytest.mark.parametrize(
    ("content", "words"), [("[1]\n", "something else"), ("{}\n", "something else"), ("x\n", "damaged")]
)
def test_a_file_that_is_no_journal_is_refused(content, words, tmp_path):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(InputError, match=words):
        Journal(tmp_path, SETTINGS)
    assert (tmp_path / FILE).read_text() == content


def test_lines_without_what_every_line_has_are_refused(tmp_path):
    Journal(tmp_path, SETTINGS).append({"a": 1})
    assert Journal(tmp_path, SETTINGS, ("a",)).lines == [{"a": 1}]
    with pytest.raises(InputError, match="damaged"):
        Journal(tmp_path, SETTINGS, ("a", "b"))


def test_a_number_that_is_not_finite_is_never_written(tmp_path):
    journal = Journal(tmp_path, SETTINGS)
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.append({"a": float("nan")})
    assert Journal(tmp_path, SETTINGS).lines == journal.lines == []


def test_a_line_is_acknowledged_only_once_it_is_synchronised(tmp_path, monkeypatch):
    journal = Journal(tmp_path, SETTINGS)
    synchronised = []
    monkeypatch.setattr(os, "fsync", synchronised.append)
    journal.append({"a": 1})
    assert len(synchronised) == 1

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        journal.append({"b": 1})
    assert journal.lines == [{"a": 1}]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        Journal(tmp_path / "file" / "out", SETTINGS)


def test_one_process_at_a_time(tmp_path):
    with held(tmp_path), pytest.raises(InputError, match="another process"), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_the_mark_of_a_process_that_is_gone_is_taken_over(tmp_path):
    host, boot, space, _, _ = this_process().split("|")
    (tmp_path / "in-use").write_text("|".join((host, boot, space, "4194399", "1")))
    with held(tmp_path), pytest.raises(InputError, match="another process"), held(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.fixture
def other(tmp_path):
    """Another process, which holds the folder when it is told to; see `hold_when_told`."""
    code = "import sys; from tests.bench import test_journal; test_journal.hold_when_told(sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
        child.kill()


def _tell(child, word):
    """Say something to the other process, and hear its answer."""
    child.stdin.write(f"{word}\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def hold_when_told(folder):
    """In another process. A number k: take the folder, but wait before the k-th system call on the file that marks it,
    if there are so many; "go": go on, or let go. What it answers is "waits", "holds", "refused: ..." or "let go"."""
    left = 0

    def wait(event, arguments):
        nonlocal left
        if event == "fcntl.flock" or (event in ("open", "os.remove") and str(arguments[0]).endswith("in-use")):
            left -= 1
            if left == 0:
                print("waits", flush=True)
                sys.stdin.readline()

    sys.addaudithook(wait)
    while word := sys.stdin.readline():
        left = int(word)
        try:
            with held(Path(folder)):
                left = 0
                print("holds", flush=True)
                sys.stdin.readline()
            print("let go", flush=True)
        except InputError as error:
            print(f"refused: {error}", flush=True)


def test_of_two_processes_one_holds_wherever_the_other_is_overtaken(tmp_path, other):
    """The other finds the mark of a process that is gone; before each of its steps this one takes the folder."""
    host, boot, space, _, _ = this_process().split("|")
    for step in count(1):
        (tmp_path / "in-use").write_text("|".join((host, boot, space, "4194399", "1")))
        answer = _tell(other, step)
        if answer == "holds":
            break
        assert answer == "waits"
        with held(tmp_path):
            answer = _tell(other, "go")
            assert answer.startswith(f"refused: another process writes into {tmp_path}; wait for it"), f"step {step}"
    assert step > 1
    with pytest.raises(InputError, match="another process"), held(tmp_path):
        pass
    assert _tell(other, "go") == "let go"
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_held_is_free_at_once(tmp_path, other):
    assert _tell(other, 0) == "holds"
    with pytest.raises(InputError, match="another process"), held(tmp_path):
        pass
    other.kill()
    other.wait()
    with held(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
