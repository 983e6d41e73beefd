"""reader: the built-in model that answers questions about passages whose needed sentences are known."""

from __future__ import annotations

from typing import ClassVar

from spex_core.errors import InputError
from spex_core.inputs.segmentation import check_texts
from spex_core.models.answers import AGAINST, ANSWER, SCALE
from spex_core.models.base import Option
from spex_core.models.language.toy import ToyBackend


class Reader(ToyBackend):
    """A Llama of half a million parameters that was taught who owns what and who lives where, and nothing else.

    Where the text does not say, its answer is "unknown" (`UNKNOWN`): against="unknown" explains what makes it
    answer at all.
    """

    name = "reader"
    title = "Questions about a passage (a toy, built in)"
    summary = "A toy: it answers two-hop and counting questions about passages whose needed sentences are known."
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "question",
            "Question",
            required=True,
            help="comes after the text, never masked, for example: Where does the owner of the red boat live?",
        ),
        ANSWER,
        AGAINST,
        SCALE,
    )

    def __init__(self, question: str, answer: str | None = "", against: str | None = "", scale: str = "log") -> None:
        """See `ToyBackend`.

        Raises:
            InputError: no question is given, or see there.
        """
        if not (question or "").strip():
            raise InputError("reader needs question, for example “Where does the owner of the red boat live?”")
        super().__init__(question, answer, against, scale)

    def reply(self, whole: str) -> str:
        """The most probable word: every answer it was taught is one word, and it was not taught to stop."""
        check_texts([whole])
        tokenizer = self.language.tokenizer
        known = {word: k for word, k in tokenizer.get_vocab().items() if word not in tokenizer.all_special_tokens}
        answers = [[k] for k in known.values()]
        found = self.language.log_probabilities(self.prompter.ids([whole]), answers, self.prompter.prefix)
        return str(list(known)[int(found[0].argmax())])
