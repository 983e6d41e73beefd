"""Whether an input lies outside of the small world that a toy was taught, so that its answer says nothing about it."""

from __future__ import annotations

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource
from spex_core.models.registry import backends
from spex_core.views.display_copy import display_copy

UNKNOWN = "The model does not know "
"""How a toy's run begins its note on the words that it does not know (`models.language.toy`)."""


def outside_world(explanation: Explanation) -> str:
    """One sentence where the model is a toy and the input is none of what it was taught, else "".

    A toy of pictures was taught drawings of few colours: a photograph is none. A toy of texts says in its notes which
    words it does not know.
    """
    kind = backends().get(explanation.model.name) if explanation.model else None
    if kind is None or not kind.toy:
        return ""
    title = kind.title.partition(" (")[0]
    if isinstance(explanation.source, PictureSource):
        if display_copy(explanation.source.picture).drawn:
            return ""
        return (
            f"Outside of what this toy was taught: “{title}” knows drawings of a few coloured objects, and this "
            "picture is none. Its answer says nothing about the picture."
        )
    note = next((note for note in explanation.notes if note.startswith(UNKNOWN)), "")
    if not note:
        return ""
    rest = note.removeprefix(UNKNOWN)
    return f"Outside of what this toy was taught: “{title}” does not know {rest}"
