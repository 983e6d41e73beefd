"""What is sent to an OpenAI-compatible server: prompts around a text, and the calls that score or answer them.

Four modes, chosen by the person and never changed in silence:

- "chat": the first token of the reply to a chat, among the most likely ones that the server returns. This is all that
  OpenAI's own models offer.
- "completions": the same, after a plain prompt.
- "echo": the prompt with the answer behind it is sent to be repeated with the log-probability of each of its tokens;
  those of the answer are summed. vLLM and llama-cpp-python can do it; OpenAI and llama.cpp's own server cannot.
- "sampled": a chat is answered in words, at a temperature, and no log-probabilities are asked for: all that the newest
  models offer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from spex_core.errors import InputError, closest
from spex_core.models.endpoint.wire.client import Call
from spex_core.models.reasoning import SWITCH

MODES = ("chat", "completions", "echo", "sampled")
SPOKEN_TOKENS = 64
_CHARACTERS_PER_TOKEN = 4  # what `Wording.characters` counts a token of a picture as
_PIXELS_PER_TOKEN = 750  # of pictures, roughly; the server soon tells better
_FEW_WORDS = "Be brief."


@dataclass(frozen=True)
class Dialect:
    """What of the protocol a server takes.

    Attributes:
        limit: its name for the most tokens of a chat's reply. OpenAI's newer models refuse "max_tokens";
            llama-cpp-python ignores "max_completion_tokens".
        top: how many of the most likely tokens are asked for.
        greedy: whether temperature 0 is sent.
        system: whether a chat's instruction is a system message; else it begins the user's.
        reasons: whether the model may reason before it answers; else its chat template is asked not to let it.
        room: most tokens of a reply in words.
    """

    limit: str = "max_tokens"
    top: int = 20
    greedy: bool = True
    system: bool = True
    reasons: bool = True
    room: int = SPOKEN_TOKENS


@dataclass(frozen=True)
class Picture:
    """A picture as it is sent.

    Attributes:
        url: a data URL.
        pixels: how many it has.
        question: what is asked about it, None for the question of the wording.
    """

    url: str
    pixels: int
    question: str | None = None


@dataclass(frozen=True)
class Wording:
    """The prompt around a text.

    Attributes:
        model: name of the model on the server.
        instruction: before the text: the system message of a chat; may be empty.
        question: after the text; may be empty.
        mode: one of `MODES`.
        temperature: with mode "sampled", of the replies.
    """

    model: str
    instruction: str = ""
    question: str = ""
    mode: str = "chat"
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an unknown mode and a missing model."""
        if self.mode not in MODES:
            raise InputError(f"mode={self.mode!r} does not exist; {closest(self.mode, MODES)}")
        if not self.model:
            raise InputError("model is empty; give the name by which the server knows it")

    def bare(self) -> Wording:
        """Without question, and with a few words for an instruction where a chat has one."""
        return replace(self, instruction=_FEW_WORDS if self.instruction and self.chats else "", question="")

    @property
    def chats(self) -> bool:
        """Whether prompts are chats."""
        return self.mode in ("chat", "sampled")

    def prompt(self, text: str) -> str:
        """The plain prompt around `text`, whose outer white space is left out."""
        head = f"{self.instruction}\n\n" if self.instruction else ""
        tail = f"\n\n{self.question}\nAnswer:" if self.question else ""
        return head + text.strip() + tail

    def first_token(self, text: str | Picture, dialect: Dialect) -> Call:
        """The most likely first tokens of the model's answer about `text`."""
        if isinstance(text, Picture) or self.mode == "chat":
            return self._chat(text, dialect, 1, {"logprobs": True, "top_logprobs": dialect.top})
        return self._plain(self.prompt(text), dialect, 1, {"logprobs": dialect.top})

    def echo(self, text: str, answer: str, dialect: Dialect) -> Call:
        """Log-probability of every token of the prompt around `text` and of `answer` behind it.

        One token is generated on top: servers differ in what they make of none.
        """
        return self._plain(self.prompt(text) + said(answer), dialect, 1, {"logprobs": 1, "echo": True})

    def speak(self, text: str | Picture, dialect: Dialect) -> Call:
        """The model's own answer about `text`."""
        if isinstance(text, Picture) or self.chats:
            return self._chat(text, dialect, dialect.room, {})
        return self._plain(self.prompt(text), dialect, dialect.room, {"stop": ["\n"]})

    def sample(self, text: str | Picture, dialect: Dialect) -> Call:
        """One of the answers about `text` that the model may give, at the temperature."""
        own = {"temperature": self.temperature} if dialect.greedy else {}  # else it takes none but 1, its own
        return self._chat(text, dialect, dialect.room, own)

    def characters(self, text: str | Picture, answer: str = "") -> int:
        """Characters that the server reads for one call; of a picture, as many as the tokens it may be."""
        if isinstance(text, Picture):
            seen = _CHARACTERS_PER_TOKEN * text.pixels // _PIXELS_PER_TOKEN
            return len(self.instruction) + len(self._asked(text)) + seen
        return len(self.prompt(text)) + (len(said(answer)) if self.mode == "echo" else 0)

    def _asked(self, picture: Picture) -> str:
        return self.question if picture.question is None else picture.question

    def _chat(self, text: str | Picture, dialect: Dialect, tokens: int, rest: dict[str, Any]) -> Call:
        if isinstance(text, Picture):
            user = self._asked(text)
        else:
            user = f"{text.strip()}\n\n{self.question}" if self.question else text.strip()
        if self.instruction and not dialect.system:
            user = f"{self.instruction}\n\n{user}"
        content: Any = user
        if isinstance(text, Picture):
            content = [{"type": "image_url", "image_url": {"url": text.url}}, {"type": "text", "text": user}]
        messages = [{"role": "user", "content": content}]
        if self.instruction and dialect.system:
            messages.insert(0, {"role": "system", "content": self.instruction})
        off = {} if dialect.reasons else {"chat_template_kwargs": SWITCH}
        return Call(
            "chat/completions", self._body(dialect, {dialect.limit: tokens, "messages": messages, **off, **rest})
        )

    def _plain(self, prompt: str, dialect: Dialect, tokens: int, rest: dict[str, Any]) -> Call:
        return Call("completions", self._body(dialect, {"max_tokens": tokens, "prompt": prompt, **rest}))

    def _body(self, dialect: Dialect, rest: dict[str, Any]) -> dict[str, Any]:
        return {"model": self.model, **({"temperature": 0} if dialect.greedy else {}), **rest}


def said(answer: str) -> str:
    """An answer as it follows a plain prompt."""
    return " " + answer.strip()
