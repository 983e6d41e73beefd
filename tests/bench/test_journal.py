"""Results are on the disk line by line; a torn line is dropped, other settings are refused."""

import os

import pytest

from spex_core.bench.journal import FILE, Journal, held
from spex_core.errors import InputError, StoreError
from spex_core.runs.store.owners import this_process

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
    with held(tmp_path):
        assert (tmp_path / "in-use").read_text() == this_process()
    assert not list(tmp_path.iterdir())
