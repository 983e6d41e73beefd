"""openai: how probable is an answer to a model behind an OpenAI-compatible server?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Self

import numpy as np

from spex_core.arrays import BoolArray, FloatArray, IntArray, Pieces, Piecewise, ValueFunction
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.segmentation import check_texts
from spex_core.models.answers import AGAINST, ANSWER, ONLY_BOUNDS, SCALE, AnswerBackend, AnswerScale
from spex_core.models.base import Forecast, Option
from spex_core.models.endpoint.address import OPENAI, Address, Secret
from spex_core.models.endpoint.client import Endpoint
from spex_core.models.endpoint.probe import reasons, recall
from spex_core.models.endpoint.readings import Reading
from spex_core.models.endpoint.scorer import EndpointScorer, tokens_per_pass
from spex_core.models.endpoint.wording import Wording
from spex_core.models.reasoning import ASKED_OFF, opening

MOST_CONCURRENT = 64
# A batch ends when its slowest call does: long enough that this hardly counts, short enough to cancel.
_BATCH_SECONDS = 2.0
_ROUNDS = (4, 64)  # of calls per batch, at least and at most
_BATCH_CHARACTERS = 200_000
_MOSTLY = 0.9  # share of the passes from which on what is explained is not the answer


class OpenAIEndpoint(AnswerBackend):
    """Log-probability of an answer given the text and a question, or the log-odds of two answers, from a server.

    With mode "chat" or "completions" the first token of the model's reply is scored, as SPEX does for GPT-4o mini
    (arXiv 2502.13870, section 6): an answer must be one token, and is seen only among the most likely ones that the
    server returns. Where it is not, the smallest log-probability returned stands for it, an upper bound of its own
    (the paper's code takes -100); `floored` counts those passes. With mode "echo" all tokens of the answer count.
    """

    name = "openai"
    built_in = False
    remote = True
    title = "Model behind an API (OpenAI-compatible)"
    summary = "Asks GPT-4o mini, or a model on vLLM, llama.cpp or another server, about the text and scores an answer."
    options = (
        Option("url", "Server", default=OPENAI, help="base URL, such as http://localhost:8000/v1", scored=False),
        Option("model", "Model", default="gpt-4o-mini", help="the server's name for it", scored=False),
        Option(
            "key", "API key", help="never stored; left empty, OPENAI_API_KEY where the server is OpenAI", secret=True
        ),
        Option("instruction", "Instruction", help="comes before the text, never masked"),
        Option("question", "Question", help="comes after the text, never masked"),
        replace(ANSWER, help="one token, unless mode is echo; left empty, the model's own"),
        AGAINST,
        SCALE,
        Option("mode", "Mode", default="chat", help="chat, completions, or echo (whole answers; vLLM has it)"),
        Option(
            "price",
            "Dollars per million input tokens",
            default="0.15",
            help="an example: check it against your provider's list; each pass also pays for one output token",
            scored=False,
        ),
        Option(
            "concurrency",
            "Calls at once",
            default="8",
            help=f"1 to {MOST_CONCURRENT}; fewer at rate limits",
            scored=False,
        ),
    )

    _passes: int
    _floored: int
    _unseen: int  # passes in which none of the answers was among the tokens returned
    _top: int
    _begins: str  # the first reply's first token
    _quiet: bool = False  # whether the server is asked to leave a reasoning out
    _own: bool = False  # whether the answer was taken from the model

    def __init__(self, **options: str | None) -> None:
        """Check the options; nothing is sent yet.

        Raises:
            InputError: an option breaks a rule, or a key is missing, misplaced, or would travel unencrypted.
        """
        given = _filled(options)
        address, key = _server(given)
        self.scorer = EndpointScorer(Endpoint(address, key, _concurrency(given)), _wording(given))
        self.question = self.scorer.wording.question
        self._price = _price(given)
        self.choose(_scale(given))

    @property
    def floored(self) -> int:
        """Passes since `settle` in which an answer was not among the tokens returned."""
        return self._floored

    @property
    def fingerprint(self) -> str:
        """Base URL and the server's name for the model, all that can be known of its weights; and whether reasoning is
        left out, which makes other passes."""
        quiet = " without reasoning" if self._quiet else ""
        return f"{self.scorer.endpoint.address.url} {self.scorer.wording.model}{quiet}"

    def score(self, inputs: Sequence[str]) -> FloatArray:
        """Scores of m texts, empty ones included: (m,) float64. Equal texts are asked about once.

        Raises:
            InputError: an entry is no text, or no answer is fixed yet.
            EndpointError: the server failed, or returns no log-probabilities.
        """
        self._check(inputs)
        readings = self.scorer.read(inputs, self.scale.answers)
        return np.array([self._counted(reading) for reading in readings], dtype=np.float64)

    def value_function(self, masker: Masker) -> ValueFunction:
        """See `AnswerBackend.value_function`; values are handed on as the server answers. The whole text is asked about
        alone first, where it is among the first masks: if no answer is among the tokens that come back, no further pass
        is paid for.

        Raises:
            InputError: while it is called: an answer is never seen, or the model reasons before it answers.
        """
        looked = self.scorer.wording.mode == "echo"

        def ask(masks: BoolArray, rows: IntArray, stopping: Callable[[], bool]) -> Pieces:
            texts = masker.apply(masks[rows])
            self._check(texts)
            with closing(self.scorer.pieces(texts, self.scale.answers, stopping)) as coming:
                for piece in coming:
                    found = rows[[row for row, _ in piece]]
                    yield found, np.array([self._counted(reading) for _, reading in piece], dtype=np.float64)

        def pieces(masks: BoolArray, stopping: Callable[[], bool]) -> Pieces:
            nonlocal looked
            rows, whole = np.arange(len(masks)), masks.all(axis=1)
            if not looked and whole.any():
                looked = True
                yield from ask(masks, rows[whole], stopping)
                self._check_seen()
                rows = rows[~whole]
            if len(rows):
                yield from ask(masks, rows, stopping)

        return self.checked_range(Piecewise(pieces))

    def _check(self, inputs: Sequence[str]) -> None:
        check_texts(inputs)
        self.check_answer()

    def _counted(self, reading: Reading) -> float:
        """Score of one reading: by itself, so that its last bits do not hang on what else came at that moment."""
        with self._guard:
            self._passes += 1
            self._floored += reading.floored
            self._unseen += reading.unseen
            self._top = max(self._top, reading.top)
            self._begins = self._begins or reading.token
        return float(self.scale.combine(np.array([reading.logs], dtype=np.float64))[0])

    def _check_seen(self) -> None:
        """Refuse to go on where no pass so far has shown any of the answers.

        Raises:
            InputError: says with what the model's own reply begins.
        """
        if not self._passes or self._unseen < self._passes:
            return
        start = opening(self._begins)
        if start:
            raise reasons(self.scorer.wording.model, start)
        answers = " and ".join(f"“{answer}”" for answer in self.scale.answers)
        raise InputError(
            f"{answers} {'is' if len(self.scale.answers) == 1 else 'are'} not among the {self._top} most likely tokens "
            f"with which the model's reply begins (the first is “{self._begins.strip()}”), so nothing of it is seen; "
            'give an answer that is, a question that asks for it in one word, or mode="echo" on a server that has it'
        )

    def batch_size(self, masker: Masker) -> int:
        """As many rounds of calls as a few seconds hold, by the time that the first short call took."""
        least, most = (rounds * self.scorer.endpoint.concurrency for rounds in _ROUNDS)
        if self.scorer.latency is None:
            return least
        fitting = round(_BATCH_SECONDS / self.scorer.latency) * self.scorer.endpoint.concurrency
        return max(least, min(most, fitting, _BATCH_CHARACTERS // (len(masker.text) + 1)))

    def reply(self, whole: str) -> str:
        """The model's own answer about `whole`, cut after a few dozen tokens: one call.

        Raises:
            EndpointError: the server failed, or returns no log-probabilities.
        """
        check_texts([whole])
        return self.scorer.speak(whole)

    def own_answer(self, whole: str) -> str:
        """The first token of the model's answer, or with mode "echo" its first line.

        Raises:
            InputError: the model begins to reason instead.
        """
        echo = self.scorer.wording.mode == "echo"
        said = self.scorer.speak(whole) if echo else self.scorer.first(whole)
        if start := opening(said):
            raise reasons(self.scorer.wording.model, start)
        return said

    def settled_options(self, options: dict[str, str]) -> dict[str, str]:
        """Without price and number of open calls: they do not change what is scored."""
        kept = {name: value for name, value in options.items() if name not in ("price", "concurrency")}
        return super().settled_options(kept)

    def settle(self, whole: str) -> Self:
        """See `AnswerBackend.settle`; after a short probe of the server.

        Raises:
            EndpointError: the server failed, or returns no log-probabilities: the message says what to use instead.
        """
        self.scorer.prepare()
        check_texts([whole])
        settled = super().settle(whole)
        settled._own = self._own or not self.scale.answer
        settled._quiet = self.scorer.asked_off
        return settled

    def notes(self) -> tuple[str, ...]:
        """What was scored, and how often only a bound of it was seen."""
        if self.scorer.wording.mode == "echo" or not self._passes:
            return ()
        told = f"scored is the first token of the reply, among the {self._top} most likely that the server returned"
        if self._own:
            told += f"; “{self.scale.answer}” is that of the model's own reply to the whole text"
        notes = [told]
        if self._unseen > _MOSTLY * self._passes:
            notes.append(f"in {self._unseen:,} of {self._passes:,} passes {ONLY_BOUNDS}")
        elif self._floored:
            notes.append(
                f"in {self._floored:,} of {self._passes:,} passes an answer was not among them; the smallest "
                "log-probability returned, an upper bound of its own, stood in for it"
            )
        if self._quiet:
            notes.append(ASKED_OFF)
        if self.scorer.moved:
            notes.append("the server takes no system message; the instruction stood at the start of the user's message")
        return tuple(notes)

    def probe(self, whole: str = "The weather is fine today.") -> Forecast:
        """A short trial: whether log-probabilities come back at all, the tokens and price of a pass over `whole`, and
        the speed of one round of simultaneous passes, which is what it costs.

        Raises:
            EndpointError: as for `score`.
        """
        check_texts([whole])
        self.scorer.trial(whole, self.scale.answers)
        seen = self.scorer.seen()
        calls = len(self.scale.answers) if self.scorer.wording.mode == "echo" else 1
        tokens = round(calls * self.scorer.wording.characters(whole, self.scale.answer) / seen.characters_per_token)
        return _forecast(tokens, self._price, seen.passes_per_second)

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Tokens, price and speed of a pass, without any call: the speed is known after `probe` or a first batch.

        Tokens are characters / 4 until the server has said how many it read; "[UNK]" counts as four.
        """
        try:
            given = _filled(options)
            address, _ = _server(given)
            wording, scale, price = _wording(given), _scale(given), _price(given)
            _concurrency(given)
        except InputError as error:
            return Forecast(download_bytes=0, device="endpoint", problem=str(error))
        seen = recall(address.url, wording.model, wording.mode)
        return _forecast(tokens_per_pass(wording, len(scale.answers), seen, masker), price, seen.passes_per_second)

    def choose(self, scale: AnswerScale) -> None:
        """See `AnswerBackend.choose`; counting begins."""
        super().choose(scale)
        self._guard = threading.Lock()
        self._passes = 0
        self._floored = 0
        self._unseen = 0
        self._top = 0
        self._begins = ""


def _filled(options: Mapping[str, str | None]) -> dict[str, str]:
    """Every option, stripped; defaults where it is left out or empty."""
    unknown = set(options) - {option.name for option in OpenAIEndpoint.options}
    if unknown:
        raise InputError(f"openai has no option {min(unknown)!r}")
    return {option.name: (options.get(option.name) or option.default).strip() for option in OpenAIEndpoint.options}


def _server(given: Mapping[str, str]) -> tuple[Address, Secret]:
    address = Address.read(given["url"])
    key = address.choose_key(given["key"])
    if any(key.hide(value) != value for name, value in given.items() if name != "key"):
        raise InputError("the API key stands in another field too, where it would be saved; put it into key only")
    return address, key


def _wording(given: Mapping[str, str]) -> Wording:
    wording = Wording(given["model"], given["instruction"], given["question"], given["mode"])
    if wording.mode == "echo" and not wording.prompt(""):
        raise InputError('mode="echo" needs a question or an instruction: where all is hidden, no prompt would be left')
    return wording


def _scale(given: Mapping[str, str]) -> AnswerScale:
    scale = AnswerScale(given["answer"], given["against"], given["scale"])
    for answer in scale.answers:
        if given["mode"] != "echo" and len(answer.split()) > 1:
            raise InputError(
                f"{answer!r} is more than one token, and mode={given['mode']} sees the first only; give one word, or "
                'use mode="echo" on a server that has it (vLLM, llama-cpp-python), or hf-causal-lm'
            )
    return scale


def _price(given: Mapping[str, str]) -> float:
    try:
        price = float(given["price"].lstrip("$"))
    except ValueError:
        price = -1.0
    if not 0 <= price < 1e6:
        raise InputError(f"price={given['price']!r} is no amount; give dollars per million input tokens, such as 0.15")
    return price


def _concurrency(given: Mapping[str, str]) -> int:
    text = given["concurrency"]
    if not (text.isdecimal() and 1 <= int(text) <= MOST_CONCURRENT):
        raise InputError(f"concurrency={text!r} is not possible; give a whole number from 1 to {MOST_CONCURRENT}")
    return int(text)


def _forecast(tokens: int | None, price: float, speed: float | None) -> Forecast:
    dollars = None if tokens is None else tokens * price / 1e6
    return Forecast(
        download_bytes=0, device="endpoint", tokens=tokens, passes_per_second=speed, dollars_per_pass=dollars
    )
