"""Every error that SPEX Explorer raises on purpose.

    SpexError
    ├── InputError              an argument is wrong; nothing has been spent
    │   ├── BudgetError         the budget is below what the estimator needs (``minimum`` says what fits)
    │   ├── TextError           the text is empty, too long, or cannot be cut into features
    │   ├── PictureError        the picture is damaged, too large or of a kind that is not read
    │   └── ExpansionError      a conversion would grow past its stated cap
    ├── ModelError              the model failed during a run; ``samples`` holds what is paid for
    │   ├── ModelOutputError    NaN, infinity or a wrong shape came back; ``rows`` names the batch rows
    │   └── EndpointError       a model server refused, failed or took too long; ``reason`` says which
    └── StoreError              a saved run is missing, corrupt or not acceptable

``InputError`` is also a ``ValueError`` and ``ModelError`` also a ``RuntimeError``, so callers who know
neither class still catch what they expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spex_core.arrays import Samples


_LONGEST = 1_200  # characters of a sentence; what is quoted in it may be of any length


class SpexError(Exception):
    """Base of every deliberate error; its text is one line, fit to be shown to a person, whatever a model's own words
    hold that would move a terminal's cursor or change its colours, and however many there are."""

    def __str__(self) -> str:
        text = super().__str__()
        return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


class InputError(SpexError, ValueError):
    """An argument breaks a rule; the message names the argument, the rule and the fix."""


class BudgetError(InputError):
    """The budget is below the estimator's own minimum.

    Attributes:
        minimum: the smallest budget (masked passes, everything included) that would do.
    """

    def __init__(self, message: str, minimum: int) -> None:
        super().__init__(message)
        self.minimum = minimum


class TextError(InputError):
    """The text is empty, too long, or holds no feature of the wanted unit."""


class PictureError(InputError):
    """The picture is damaged, above a limit, or not a PNG, JPEG or WebP; the message says which and what to do."""


class ExpansionError(InputError):
    """An exact conversion would produce more terms than the stated cap."""


class ModelError(SpexError, RuntimeError):
    """The value function failed during a run.

    Attributes:
        samples: the masked passes paid for before the failure, or None outside a run.
    """

    def __init__(self, message: str, samples: Samples | None = None) -> None:
        super().__init__(message)
        self.samples = samples


class ModelOutputError(ModelError):
    """The value function returned NaN, an infinity, or an array of the wrong shape.

    Attributes:
        rows: positions of the offending rows within the batch that was passed to the model.
    """

    def __init__(self, message: str, rows: Sequence[int] = (), samples: Samples | None = None) -> None:
        super().__init__(message, samples)
        self.rows = tuple(rows)


class EndpointError(ModelError):
    """A model server refused, failed or took too long, after all retries. Never holds an API key.

    Attributes:
        reason: "authentication", "rate limit", "timeout", "connection", "redirect", "refused" (the request was not
            accepted), "server" (its own failure), "malformed" (the answer cannot be read) or "no logprobs".
        said: the server's own words, shortened, "" where it said nothing.
    """

    def __init__(self, message: str, reason: str, said: str = "", samples: Samples | None = None) -> None:
        super().__init__(message, samples)
        self.reason = reason
        self.said = said


class StoreError(SpexError):
    """A saved run cannot be read, written or accepted."""


def words_of(error: BaseException) -> str:
    """What an error of somebody else's says, "" where asking it fails."""
    try:
        return str(error)
    except Exception:
        return ""


def visible(text: str) -> str:
    """A text on one line in which every control character is a sign: U+2400 and after for those of ASCII, U+FFFD for
    others. A line break is a space."""
    if text.isprintable():
        return text
    return "".join(_sign(character) for character in " ".join(text.splitlines()))


def _sign(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    return "\u2421" if code == 127 else " " if character.isspace() else "\ufffd"


def closest(name: str, known: Iterable[str]) -> str:
    """A hint for a mistyped name: the nearest of `known`, then all of them."""
    from difflib import get_close_matches

    options = sorted(known)
    near = get_close_matches(name, options, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + "known: " + ", ".join(options)


def check_whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """`value` as an int within bounds.

    Raises:
        InputError: not a whole number, or out of bounds.
    """
    import operator

    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]  # anything without __index__ raises TypeError
    except TypeError:
        raise InputError(f"{name}={value!r} is not a whole number; pass an int") from None
    if number < least or (most is not None and number > most):
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        raise InputError(f"{name}={number} is out of range; it must be {bounds}")
    return number
