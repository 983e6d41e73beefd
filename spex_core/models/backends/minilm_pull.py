"""minilm-pull: how far does a changed puzzle still pull towards the classic it was made from?"""

from __future__ import annotations

from spex_core.models.base import Option
from spex_core.models.minilm.backend import BetweenTexts


class MiniLMPull(BetweenTexts):
    """20 (cos(text, classic) - cos(text, paraphrase)): which words of a changed puzzle recall the well-known one.

    The paraphrase says in other words what the changed puzzle says literally. This is a proxy: it measures what the
    text resembles, not what a language model would answer.
    """

    name = "minilm-pull"
    title = "Pull of the classic puzzle (MiniLM, built in)"
    summary = (
        "Compares a changed puzzle with the well-known one and with a literal paraphrase of the change. "
        "It measures resemblance; it does not solve the puzzle."
    )
    options = (
        Option("answer", "Classic puzzle", required=True, help="the well-known puzzle, as it is usually told"),
        Option("against", "Literal paraphrase", required=True, help="what the changed puzzle says, in other words"),
    )
    ends = ("the variant as written", "the classic puzzle")
