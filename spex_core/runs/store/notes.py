"""What a person wrote about a run and about groups of its features, kept with the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias

from spex_core.arrays import Support
from spex_core.errors import StoreError

if TYPE_CHECKING:
    from spex_core.runs.store.queries import Queries

MOST_CHARACTERS = 2_000
"""Of one note."""
MOST_NOTES = 100
"""Of one run."""
MOST_MEMBERS = 20
"""Features that one note is about."""
_LARGEST = 1 << 16  # more than any feature's position

Written: TypeAlias = dict[Support, str]
"""Features -> the note about them; () is the run itself."""


class Notes:
    """The notes of a store.

    Args:
        transaction: opens one: (what is being done, whether it writes).
    """

    def __init__(self, transaction: Callable[..., AbstractContextManager[Queries]]) -> None:
        self._transaction = transaction

    def of(self, run_id: str) -> Written:
        """Every note of a run, that about the run first, then by position."""
        with self._transaction("read the notes") as queries:
            found = {features_of(key): text for key, text in queries.notes(run_id)}
        return dict(sorted(found.items(), key=lambda entry: (len(entry[0]) > 0, entry[0])))

    def write(self, run_id: str, features: Support, text: str) -> None:
        """Write a note or replace it; "" takes it away.

        Raises:
            StoreError: no such run, a note too long or too many of them, or the disk refuses.
        """
        self.put(run_id, {features: text})

    def put(self, run_id: str, notes: Mapping[Support, str]) -> None:
        """Write several notes at once, all or none; see `write`."""
        clean = checked(notes)
        with self._transaction("save the notes", write=True) as queries:
            if queries.run(run_id) is None:
                raise StoreError(f"there is no run {run_id}")
            known = {key for key, _ in queries.notes(run_id)}
            kept = known | {key_of(features) for features, text in clean.items() if text}
            if len(kept) > MOST_NOTES:
                raise StoreError(f"a run has at most {MOST_NOTES} notes; delete one first")
            for features, text in clean.items():
                queries.put_note(run_id, key_of(features), text)


def checked(notes: Mapping[Support, str]) -> Written:
    """Notes in a form that every database keeps, without spaces around them.

    Raises:
        StoreError: too long, too many, or about something that no run has.
    """
    if len(notes) > MOST_NOTES:
        raise StoreError(f"{len(notes)} notes; a run has at most {MOST_NOTES}")
    clean: Written = {}
    for features, text in notes.items():
        if len(features) > MOST_MEMBERS or list(features) != sorted({*features}):
            raise StoreError(f"a note is about up to {MOST_MEMBERS} features, each once, in their order")
        if any(not 0 <= feature < _LARGEST for feature in features):
            raise StoreError("a note is about a feature that no run has")
        line = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
        if len(line) > MOST_CHARACTERS:
            raise StoreError(f"the note has {len(line):,} characters; {MOST_CHARACTERS:,} is the limit")
        clean[features] = line
    return clean


def key_of(features: Support) -> str:
    """How a note's features stand in the database: "3,7", "" for the run itself."""
    return ",".join(map(str, features))


def features_of(key: str) -> Support:
    """What `key_of` was given."""
    return tuple(int(part) for part in key.split(",") if part)


def plain(notes: Mapping[Support, str]) -> list[dict[str, Any]]:
    """Notes as JSON data: ``features`` and ``text`` of each."""
    return [{"features": list(features), "text": text} for features, text in notes.items() if text]


def from_plain(data: Any, n_features: int) -> Written:
    """What `plain` made, of a run of so many features; anybody may have written it.

    Raises:
        StoreError: it is something else, or against the bounds of `checked`.
    """
    if not isinstance(data, list) or len(data) > MOST_NOTES:
        raise StoreError("the notes in the file are no list of notes, or too long a one")
    found: Written = {}
    for entry in data:
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise StoreError("a note in the file has no text")
        features = entry.get("features")
        if not isinstance(features, list) or not all(type(at) is int and 0 <= at < n_features for at in features):
            raise StoreError("a note in the file is about features that its run does not have")
        found[tuple(features)] = entry["text"]
    return checked(found)
