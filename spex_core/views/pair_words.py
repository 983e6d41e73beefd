"""Sentences about two runs: pieces that know which features of either they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from spex_core.arrays import Support
from spex_core.explanation.result import Explanation
from spex_core.views.labels import bare, occurrences, short

_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence.

    Attributes:
        text: what is printed.
        kind: "text", "strong" or "feature".
        features: the positions in A and those in B that it names.
    """

    text: str
    kind: str = "text"
    features: tuple[Support, Support] = ((), ())

    def data(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {"text": self.text, "kind": self.kind, "features": [list(side) for side in self.features]}


Sentence: TypeAlias = tuple[Piece, ...]


def named(run: Explanation, features: Support) -> str:
    """The names of a group's members: "workers · one", repeated words with their number."""
    repeated = occurrences(run.features)
    return " · ".join(
        bare(short(run.features[at], 32)) + (str(repeated[at]).translate(_LOWERED) if repeated[at] else "")
        for at in features
    )


def quoted(run: Explanation, features: Support) -> str:
    """Words as they stand in the text, on one line, without the punctuation that closes them."""
    return short(bare(" ".join(run.features[at].strip() for at in features)), 48)


def capital(sentence: Sentence) -> Sentence:
    """The sentence with a capital letter at its start."""
    first = sentence[0]
    return (Piece(first.text[0].upper() + first.text[1:], first.kind, first.features), *sentence[1:])
