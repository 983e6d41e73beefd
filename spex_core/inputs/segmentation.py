"""Cuts a text into features: words, sentences, lines, paragraphs, a model's own tokens, or a pattern's matches.

Features are ordered, disjoint spans that never split a grapheme cluster. What lies between them is white space (and
invisible characters), or stays in every masked text: what a pattern does not find, and what a person keeps.

What counts as a feature:

- **word**: a run without white space, as a reader sees it. "isn't" and "well-made" are one; punctuation belongs to
  the word it touches, so hiding "film," hides its comma. A mark standing alone ("–", "...", SST's " , ") joins the
  word before it on the same line, an opening one the word after it. A dash or dots *between* two words
  ("good—bad", "well...no") ends the first. Runs in scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer,
  Burmese) are cut by ICU's dictionaries.
- **sentence**: ICU's sentence rules between blank lines, with common abbreviations, initials and list numbers kept
  with what follows, and hard-wrapped lines read on.
- **line**: between line ends.
- **paragraph**: separated by blank lines; in a text without blank lines, by line ends.
- **regex:PATTERN**: each match of a regular expression (the `regex` package's), without white space at its ends and
  widened to whole grapheme clusters; matches of nothing visible are passed over.
- **token**: the spans a tokenizer gives, trimmed of white space and widened to whole grapheme clusters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from spex_core.errors import InputError, TextError, closest
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.boundaries import Span, boundaries, widen
from spex_core.inputs.focus import Stretches, focused

UNITS = ("token", "word", "sentence", "line", "paragraph")
PATTERN = "regex:"
"""What a unit begins with that is a regular expression."""
LONGEST_PATTERN = 190
MATCHING_SECONDS = 5.0
MAX_CHARACTERS = 200_000

_LINE_END = r"(?>\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])"
_BLANK = r"[^\S\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"  # white space that does not end a line
_HAS_LINE_END = re.compile(_LINE_END)
_BLANK_LINES = re.compile(rf"{_LINE_END}(?:{_BLANK}*{_LINE_END})+|\u2029")
_SINGLE_END = re.compile(_LINE_END)
_RUN = re.compile(r"[^\s\u200b]+")  # U+200B, zero-width space, separates words by definition
_JOINING_DASH = re.compile(r"(?:[—―]|(?<!\d)–|--+|…|\.{2,})+(?=\w)")
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"  # Han
)
_WIDE_MARK = re.compile("[\u3001-\u3003\u3008-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff65]")
_NOT_AN_END = re.compile(
    r"(?:^|[\s(\"'“‘])(?:Dr|Mr|Mrs|Ms|Prof|Rev|Gen|St|Mt|vs|cf|approx|e\.g|i\.e)\.$", re.IGNORECASE
)
_BEFORE_NUMBER = re.compile(r"(?:^|[\s(])(?:No|Nos|Fig|Figs|Sec|Art|Eq|Ch|Vol|p|pp)\.$", re.IGNORECASE)
_INITIAL_OR_NUMBER = re.compile(r"^\(?(?:\w|\d{1,3})[.)]$")
_ENDS_WITH_INITIAL = re.compile(r"(?:^|\s)[A-Z]\.$")
_NO_MATCH = "give a pattern that its words match"
_WRAPPED_LINE = 45  # a line this long without a sentence's end was broken by a margin, not by its writer


def segment(
    text: str,
    unit: str = "word",
    token_spans: Sequence[tuple[int, int]] | None = None,
    keep: Stretches = (),
    only: Stretches = (),
) -> list[Span]:
    """The features of `text`.

    Args:
        text: at most `MAX_CHARACTERS` characters, at least one of them visible.
        unit: one of `UNITS`, or "regex:" and a regular expression.
        token_spans: character spans of the model's tokens; needed for, and only used by, unit="token".
        keep, only: see `focus.focused`.

    Returns:
        1 to `MAX_FEATURES` spans, ordered and disjoint.

    Raises:
        TextError: the text is empty, too long, broken, or has no features or too many; the message says what fits.
        InputError: unknown unit, a pattern that is none or takes too long, or no tokens given for unit="token".
    """
    check_text(text)
    check_unit(unit)
    if unit == "token":
        if token_spans is None:
            raise InputError("unit='token' needs token_spans and this model gives none; use unit='word'")
        spans = tokens(text, token_spans)
    else:
        spans = cut(text, unit)
    if not spans:
        raise TextError(f"the text holds no {_named(unit)}; {_NO_MATCH if is_pattern(unit) else 'enter some words'}")
    spans = focused(spans, keep, only)
    if not spans:
        raise TextError(f"every {_named(unit)} of the text is kept, so there is nothing to explain; keep less of it")
    if len(spans) > MAX_FEATURES:
        raise TextError(_too_many(text, unit, len(spans), keep, only))
    return spans


def check_unit(unit: str) -> None:
    """Refuse what is neither one of `UNITS` nor a pattern.

    Raises:
        InputError: says which there are, or what is wrong with the pattern.
    """
    if is_pattern(unit):
        _pattern(unit)
    elif unit not in UNITS:
        raise InputError(f"unit={unit!r} does not exist; {closest(str(unit), UNITS)}, or {PATTERN}PATTERN")


def is_pattern(unit: str) -> bool:
    """Whether a unit is a person's regular expression."""
    return isinstance(unit, str) and unit.startswith(PATTERN)


def _named(unit: str) -> str:
    return f"match of {unit.removeprefix(PATTERN)}" if is_pattern(unit) else unit


def check_text(text: object) -> None:
    """Refuse what no model could read: not a string, blank, too long, or with half a character in it.

    Raises:
        TextError: says which, and what to do.
    """
    if not isinstance(text, str):
        raise TextError(f"text must be a string, not {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise TextError(
            f"{len(text):,} characters is above the limit of {MAX_CHARACTERS:,}; shorten it or explain it in parts"
        )
    check_unbroken(text)
    if all(_is_invisible(char) for char in text):
        raise TextError("the text is empty; enter at least one word")


def check_texts(texts: Sequence[Any]) -> None:
    """Refuse what no tokenizer could read.

    Raises:
        InputError: not a list of strings; TextError: too long, or half a character. Both name the entry.
    """
    if isinstance(texts, str):
        raise InputError("this takes a list of texts; pass [text]")
    for k, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"entry {k} must be a string, not {type(text).__name__}")
        if len(text) > MAX_CHARACTERS:
            raise TextError(f"{len(text):,} characters is above the limit of {MAX_CHARACTERS:,}; shorten the text")
        check_unbroken(text)


def check_unbroken(text: str) -> None:
    """Refuse lone surrogates, which no UTF-8 consumer (tokenizer, file, browser) accepts.

    Raises:
        TextError: names the position.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TextError(
            f"character {error.start + 1} of the text is half of a broken character (a lone surrogate); delete it"
        ) from error


def cut(text: str, unit: str) -> list[Span]:
    """`segment` for any unit but the token, without its limits: possibly no span at all."""
    if is_pattern(unit):
        return _matches(text, unit)
    return {"word": _words, "sentence": _sentences, "line": _lines, "paragraph": _paragraphs}[unit](text)


def between(text: str, spans: Sequence[Span]) -> list[Span]:
    """The visible stretches before, between and after `spans`, trimmed."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    trimmed = (_trim(text, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return [span for span in trimmed if span.start < span.end]


def tokens(text: str, token_spans: Sequence[tuple[int, int]]) -> list[Span]:
    """A tokenizer's spans as features: visible, trimmed, whole clusters; tokens of one cluster become one feature."""
    trimmed = [_trim(text, int(start), int(end)) for start, end in token_spans]
    return widen(sorted(span for span in trimmed if span.start < span.end), boundaries(text, "grapheme"))


def _too_many(text: str, unit: str, count: int, keep: Stretches, only: Stretches) -> str:
    if is_pattern(unit):
        return f"{count:,} matches are above the limit of {MAX_FEATURES:,} features; shorten the text, or match less"
    fix = "shorten the text"
    for coarser in UNITS[UNITS.index(unit) + 1 :]:
        if 0 < len(focused(cut(text, coarser), keep, only)) <= MAX_FEATURES:
            fix = f"use unit={coarser!r}"
            break
    return f"{count:,} {unit}s is above the limit of {MAX_FEATURES:,} features; {fix}"


# Characters


@lru_cache(maxsize=4096)
def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp")


@lru_cache(maxsize=4096)
def _is_bare(char: str) -> bool:
    """Punctuation, or invisible: nothing that a word could consist of."""
    return _is_invisible(char) or unicodedata.category(char)[0] == "P" or char in "`´"


def _is_opening(char: str) -> bool:
    return unicodedata.category(char) in ("Ps", "Pi") or char in "`¿¡"


def _trim(text: str, start: int, end: int) -> Span:
    """Without the white space at both ends; empty where nothing visible is left."""
    if all(_is_invisible(char) for char in text[start:end]):
        return Span(start, start)
    while text[start].isspace() or text[start] == "\u200b":
        start += 1
    while text[end - 1].isspace() or text[end - 1] == "\u200b":
        end -= 1
    return Span(start, end)


# Words


def _words(text: str) -> list[Span]:
    clusters = boundaries(text, "grapheme")
    runs = widen((Span(*match.span()) for match in _RUN.finditer(text)), clusters)
    dictionary = boundaries(text, "word") if _NO_SPACES.search(text) else []
    pieces: list[Span] = []
    for run in runs:
        if all(_is_invisible(char) for char in text[run.start : run.end]):
            continue
        edges = [run.start, *_cuts(text, run, dictionary, clusters), run.end]
        pieces += [Span(start, end) for start, end in pairwise(edges)]
    return _attach_marks(text, pieces)


def _cuts(text: str, run: Span, dictionary: list[int], clusters: list[int]) -> list[int]:
    """Positions inside a run of visible characters at which one word ends and the next begins."""
    inside = text[run.start : run.end]
    found: set[int] = set()
    if "://" not in inside:
        found |= {run.start + m.end() for m in _JOINING_DASH.finditer(inside) if m.start() > 0}
    if _NO_SPACES.search(inside):
        for at in dictionary[bisect_right(dictionary, run.start) : bisect_left(dictionary, run.end)]:
            if any(_NO_SPACES.match(char) or _WIDE_MARK.match(char) for char in text[at - 1 : at + 1]):
                found.add(at)
    return [at for at in sorted(found) if clusters[bisect_left(clusters, at)] == at]


def _attach_marks(text: str, pieces: list[Span]) -> list[Span]:
    """Pieces of mere punctuation join the word before them, opening ones the word after, within one line."""

    def same_line(before: Span, after: Span) -> bool:
        return not _HAS_LINE_END.search(text, before.end, after.start)

    words: list[Span] = []
    waiting: Span | None = None  # marks that look for the word after them

    def settle(mark: Span) -> None:
        if words and same_line(words[-1], mark):
            words[-1] = Span(words[-1].start, mark.end)
        else:
            words.append(mark)

    for piece in pieces:
        if waiting is not None:
            if same_line(waiting, piece):
                piece = Span(waiting.start, piece.end)
            else:
                settle(waiting)
            waiting = None
        if not all(_is_bare(char) for char in text[piece.start : piece.end]):
            words.append(piece)
        elif words and same_line(words[-1], piece) and not _is_opening(text[piece.start]):
            words[-1] = Span(words[-1].start, piece.end)
        else:
            waiting = piece
    if waiting is not None:
        settle(waiting)
    return words


# Patterns


def _matches(text: str, unit: str) -> list[Span]:
    pattern, found = _pattern(unit), []
    try:
        for match in pattern.finditer(text, timeout=MATCHING_SECONDS):
            span = _trim(text, *match.span())
            if span.start < span.end:
                found.append(span)
    except TimeoutError:
        raise InputError(
            f"{unit} takes longer than {MATCHING_SECONDS:.0f} s on this text; give a simpler pattern"
        ) from None
    return widen(found, boundaries(text, "grapheme"))


@lru_cache(maxsize=64)
def _pattern(unit: str) -> Any:
    import regex  # here, because it takes a moment

    written = unit.removeprefix(PATTERN)
    if not 1 <= len(written) <= LONGEST_PATTERN:
        raise InputError(f"a pattern has 1 to {LONGEST_PATTERN} characters, not {len(written):,}")
    try:
        return regex.compile(written)
    except (regex.error, OverflowError, RecursionError) as error:
        raise InputError(f"{written} is no regular expression: {error}") from None


# Paragraphs, lines and sentences


def _lines(text: str) -> list[Span]:
    return _between(text, _SINGLE_END)


def _paragraphs(text: str) -> list[Span]:
    blocks = _between(text, _BLANK_LINES)
    return _between(text, _SINGLE_END) if len(blocks) == 1 else blocks


def _between(text: str, separator: re.Pattern[str]) -> list[Span]:
    """The visible stretches between matches of `separator`, trimmed."""
    breaks = [match.span() for match in separator.finditer(text)]
    edges = [0, *(position for span in breaks for position in span), len(text)]
    trimmed = [_trim(text, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return widen((span for span in trimmed if span.start < span.end), boundaries(text, "grapheme"))


def _sentences(text: str) -> list[Span]:
    clusters = boundaries(text, "grapheme")
    found: list[Span] = []
    for paragraph in _between(text, _BLANK_LINES):
        inside = text[paragraph.start : paragraph.end]
        edges = boundaries(_unwrapped(inside), "sentence")
        pieces = [_trim(inside, start, end) for start, end in pairwise(edges)]
        for start, end in _joined(inside, [p for p in pieces if p.start < p.end]):
            found.append(Span(start + paragraph.start, end + paragraph.start))
    return widen(found, clusters)


def _unwrapped(paragraph: str) -> str:
    """The paragraph, equally long, with the line ends that a margin made turned into spaces."""
    pieces: list[str] = []
    at = 0
    for match in _SINGLE_END.finditer(paragraph):
        line = paragraph[at : match.start()]
        follows = paragraph[match.end() : match.end() + 1]
        wrapped = follows.islower() or (len(line) >= _WRAPPED_LINE and line.rstrip()[-1:] not in ".!?:;\"”'’)")
        pieces += [line, " " * len(match.group()) if wrapped else match.group()]
        at = match.end()
    return "".join(pieces) + paragraph[at:]


def _joined(text: str, pieces: list[Span]) -> list[Span]:
    """Sentences, with pieces that cannot be one (an initial, "1.", "Dr.", a lone quote) joined to a neighbour."""
    sentences: list[Span] = []
    for piece in pieces:
        if sentences:
            last = sentences[-1]
            before, here = text[last.start : last.end], text[piece.start : piece.end]
            lone_mark = all(_is_bare(char) for char in here)
            if (not _HAS_LINE_END.search(text, last.end, piece.start) or lone_mark) and (
                lone_mark
                or _NOT_AN_END.search(before)
                or (_BEFORE_NUMBER.search(before) and here[0].isdigit())
                or _INITIAL_OR_NUMBER.match(before)
                or (_INITIAL_OR_NUMBER.match(here) and _ENDS_WITH_INITIAL.search(before))
                or all(_is_bare(char) for char in before)
                or (here[0].islower() and before[-1] in "\"'”’»")  # "Really?" he asked.
                or (_ENDS_WITH_INITIAL.search(before) and re.search(r"\b[A-Z]\. [A-Z]\.$", before))
            ):
                sentences[-1] = Span(last.start, piece.end)
                continue
        sentences.append(piece)
    return sentences
