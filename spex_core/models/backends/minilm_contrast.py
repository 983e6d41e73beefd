"""minilm-contrast: is the text closer to A than to B?"""

from __future__ import annotations

from spex_core.models.base import Option
from spex_core.models.minilm.backend import BetweenTexts


class MiniLMContrast(BetweenTexts):
    """20 (cos(text, A) - cos(text, B)): the log-odds of A against B in the model's own training objective."""

    name = "minilm-contrast"
    title = "Closer to A than to B (MiniLM, built in)"
    summary = "Compares the text's meaning with two descriptions that you type."
    options = (
        Option("answer", "Description A", required=True, help="a sentence that the text may be close to"),
        Option("against", "Description B", required=True, help="a sentence to compare it with"),
    )
    ends = ("closer to B", "closer to A")
