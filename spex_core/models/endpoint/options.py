"""Settings of a model behind a server: what a person fills in, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spex_core.errors import InputError, closest
from spex_core.models.answers import AGAINST, ANSWER, SCALE, AnswerScale
from spex_core.models.base import Option
from spex_core.models.endpoint.sampling import MOST_REPLIES, Sampling, ShareScale
from spex_core.models.endpoint.wire.address import OPENAI, Address, Secret
from spex_core.models.endpoint.wording import Wording
from spex_core.models.matching import MATCHES

MOST_CONCURRENT = 64
WHERE = (
    Option("url", "Server", default=OPENAI, help="base URL, such as http://localhost:8000/v1", scored=False),
    Option("model", "Model", default="gpt-4o-mini", help="the server's name for it", scored=False),
    Option("key", "API key", help="never stored; left empty, OPENAI_API_KEY where the server is OpenAI", secret=True),
)
ANSWERS = (
    replace(ANSWER, help="one token, unless mode is echo or sampled; left empty, the model's own"),
    replace(AGAINST, help=f"{AGAINST.help}; not with mode sampled"),
    SCALE,
)
# The fingerprint tells these apart, where they change a value: `EndpointBackend.fingerprint`.
SAMPLED = (
    Option(
        "match",
        "Match",
        default="exact",
        help="with mode sampled, how a reply is compared with the answer: exact (but for case and punctuation), "
        "regex, number (the last one in it), or similar (in meaning)",
        choices=tuple(MATCHES),
        scored=False,
    ),
    Option(
        "replies",
        "Replies per pass",
        default="1",
        help=f"with mode sampled, 1 to {MOST_REPLIES}; a fifth of the masks is asked twice at least, all kept and all "
        "hidden ten times: more masks tell more than more replies to each",
        scored=False,
    ),
    Option("temperature", "Temperature", default="1", help="with mode sampled, of the replies: 0 to 2", scored=False),
)
COSTS = (
    Option(
        "price",
        "Dollars per million input tokens",
        default="0.15",
        help="an example: check it against your provider's list; each call also pays for its reply: one token, with "
        "mode sampled up to 64",
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
UNSCORED = tuple(option.name for option in COSTS)
"""Options that change no score."""


@dataclass(frozen=True)
class Given:
    """What was filled in, checked.

    Attributes:
        address, key: the server.
        wording: the model and the prompt.
        scale: the answers.
        sampling: how replies are drawn, None where log-probabilities are asked for.
        price: dollars per million input tokens.
        concurrency: calls at once.
    """

    address: Address
    key: Secret
    wording: Wording
    scale: AnswerScale
    sampling: Sampling | None
    price: float
    concurrency: int

    @classmethod
    def read(cls, name: str, known: Sequence[Option], modes: Sequence[str], options: Mapping[str, object]) -> Given:
        """Check options; nothing is sent.

        Args:
            name: of the backend.
            known: its options.
            modes: those of `wording.MODES` that it has.
            options: as they were filled in; numbers may be numbers.

        Raises:
            InputError: an option breaks a rule, or a key is missing, misplaced, or would travel unencrypted.
        """
        given = _filled(name, known, options)
        address, key = _server(given)
        if given["mode"] not in modes:
            raise InputError(f"mode={given['mode']!r} does not exist; {closest(given['mode'], tuple(modes))}")
        sampled = given["mode"] == "sampled"
        sampling = Sampling.read(given["match"], given["replies"], given["temperature"]) if sampled else None
        wording = _wording(given, sampling)
        return cls(address, key, wording, _scale(given, sampling), sampling, _price(given), _concurrency(given))


def _filled(name: str, known: Sequence[Option], options: Mapping[str, object]) -> dict[str, str]:
    """Every option, stripped; defaults where it is left out or empty."""
    unknown = set(options) - {option.name for option in known}
    if unknown:
        raise InputError(f"{name} has no option {min(unknown)!r}")
    texts = {key: "" if value is None else str(value).strip() for key, value in options.items()}
    return {option.name: texts.get(option.name) or option.default.strip() for option in known}


def _server(given: Mapping[str, str]) -> tuple[Address, Secret]:
    address = Address.read(given["url"])
    key = address.choose_key(given["key"])
    if any(key.hide(value) != value for name, value in given.items() if name != "key"):
        raise InputError("the API key stands in another field too, where it would be saved; put it into key only")
    return address, key


def _wording(given: Mapping[str, str], sampling: Sampling | None) -> Wording:
    temperature = 1.0 if sampling is None else sampling.temperature
    wording = Wording(given["model"], given["instruction"], given["question"], given["mode"], temperature)
    if wording.mode == "echo" and not wording.prompt(""):
        raise InputError('mode="echo" needs a question or an instruction: where all is hidden, no prompt would be left')
    return wording


def _scale(given: Mapping[str, str], sampling: Sampling | None) -> AnswerScale:
    if sampling is not None:
        if given["against"]:
            raise InputError("mode=sampled explains how often one answer is given; leave against empty")
        sampling.check(given["answer"])
        return ShareScale(given["answer"])
    scale = AnswerScale(given["answer"], given["against"], given["scale"])
    for answer in scale.answers:
        if given["mode"] != "echo" and len(answer.split()) > 1:
            raise InputError(
                f"{answer!r} is more than one token, and mode={given['mode']} sees the first only; give one word, or "
                'use mode="echo" on a server that has it (vLLM, llama-cpp-python), mode="sampled", or hf-causal-lm'
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
