"""Notes on a run, each under what it is about."""

from __future__ import annotations

from collections.abc import Mapping

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation
from spex_core.views.pair_words import named


def noted(explanation: Explanation, notes: Mapping[Support, str]) -> list[tuple[str, str]]:
    """(what a note is about, the note): "Note on this run", then groups by the names of their members; those that name
    a feature which the run does not have are left out."""
    found = []
    for features, text in sorted(notes.items(), key=lambda entry: (len(entry[0]) > 0, entry[0])):
        if text and all(0 <= feature < explanation.n_features for feature in features):
            found.append((named(explanation, features) if features else "Note on this run", text))
    return found
