"""Short names for features and numbers: what every view prints."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence

from spex_core.inputs.segmentation import is_pattern

_NOUNS = frozenset({"token", "word", "sentence", "line", "paragraph", "phrase", "patch", "segment"})
_MINUS = "\u2212"
_QUOTES = "\"'“”„‟‘’‚‛«»‹›「」『』"
_CLOSING = ".,;:!?…。、，！？；：؟،؛—–- \t\n\r" + _QUOTES
_OPENING = "¿¡ \t\n\r" + _QUOTES
_PAIRS = ("()", "[]", "{}", "（）", "【】")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SIGNS = {  # as in assets/web/common/signs.js: Unicode's "control pictures", and its sign for what is unknown
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    **dict.fromkeys([*range(0xD800, 0xE000), 0xFFFE, 0xFFFF], 0xFFFD),
}


def unit_noun(unit: str | None, count: int = 1) -> str:
    """What one feature (or `count` of them) is called: "word", "sentences", "patches", "feature"."""
    word = unit if unit in _NOUNS else "match" if unit is not None and is_pattern(unit) else "feature"
    return word if count == 1 else word + ("es" if word.endswith("ch") else "s")


def visible(text: str) -> str:
    """`text` with a sign, one character long, for each character that nobody would see and XML has no place for:
    controls other than tab and line breaks, halves of broken characters, U+FFFE and U+FFFF."""
    return text.translate(_SIGNS)


def short(label: str, limit: int = 32) -> str:
    """`label` on one line, cut in the middle to at most `limit` characters; never empty."""
    line = " ".join(label.split())
    if len(line) > limit:
        head = (limit - 1) * 2 // 3
        tail = limit - 1 - head
        # A cut before a combining mark would put it on the ellipsis.
        while head > 1 and unicodedata.combining(line[head]):
            head -= 1
        while tail > 1 and unicodedata.combining(line[-tail]):
            tail -= 1
        line = f"{line[:head].rstrip()}…{line[-tail:].lstrip()}"
    return line or "␣"


def bare(label: str) -> str:
    """`label` without the punctuation and the quotation marks that stick to it: what a feature is called. One that is
    punctuation keeps it."""
    text, before = label, ""
    while text != before:
        before = text
        text = text.rstrip(_CLOSING).lstrip(_OPENING)
        for pair in _PAIRS:
            opening, closing = pair[0], pair[1]
            if text.startswith(opening) and (text.endswith(closing) or closing not in text):
                text = text.removeprefix(opening).removesuffix(closing)
            elif text.endswith(closing) and opening not in text:
                text = text.removesuffix(closing)
    return text or label


def subscript(number: int) -> str:
    """`number` as subscript digits, "" for 0."""
    return str(number).translate(_SUBSCRIPTS) if number else ""


def occurrences(labels: Sequence[str]) -> list[int]:
    """Which occurrence of its text each feature is, counted from 1; 0 where the text is unique.

    Identity is the position: two features with one text need a way to be told apart.
    """
    total = Counter(labels)
    seen: Counter[str] = Counter()
    result = []
    for label in labels:
        seen[label] += 1
        result.append(seen[label] if total[label] > 1 else 0)
    return result


def decimals(scale: float) -> int:
    """Digits after the point that show two to three figures of numbers about as large as `scale`."""
    if not math.isfinite(scale) or scale <= 0:
        return 2
    if scale >= 0.1:
        return 0 if scale >= 100 else 1 if scale >= 10 else 2
    return min(8, 1 - math.floor(math.log10(scale)))


def signed(value: float, scale: float | None = None) -> str:
    """`value` with an explicit sign and a true minus, rounded for numbers as large as `scale`."""
    digits = decimals(abs(value) if scale is None else scale)
    text = f"{abs(value):.{digits}f}"
    if not text.strip("0."):
        return text
    return (_MINUS if value < 0 else "+") + text
