"""Data sets of the paper's experiments: texts in a CSV file, and questions in HotpotQA's and DROP's own JSON.

HotpotQA (Yang et al., EMNLP 2018): a list of {"_id", "question", "answer", "supporting_facts": [[title, sentence]],
"context": [[title, [sentences]]]}. DROP (Dua et al., NAACL 2019): {passage id: {"passage", "qa_pairs": [{"question",
"answer": {"number", "date", "spans"}, "query_id"}]}}. Files are data: their size is capped and every field is checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spex_core import outside
from spex_core.bench.spreadsheet import AS_SHOWN, Form, decoded, read_texts
from spex_core.errors import InputError

MAX_BYTES = 300_000_000
_BOUNDS = outside.Bounds(
    size=MAX_BYTES, items=20_000_000, containers=10_000_000, fields=10_000_000, depth=20, finite=False
)
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Example:
    """One input of a data set.

    Attributes:
        id: its name in the data set, or the number of its row; no two examples share one.
        text: what is masked.
        question: what is asked about it, "" where nothing is.
        answer: the answer that the data set holds for right, "" where it holds none.
        marks: (start, end) character positions in `text` of the sentences that people marked as needed.
    """

    id: str
    text: str
    question: str = ""
    answer: str = ""
    marks: tuple[tuple[int, int], ...] = ()

    def marked(self, spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
        """Positions of the features, given by their character spans, that share a character with a marked sentence."""
        return tuple(
            position
            for position, (start, end) in enumerate(spans)
            if any(start < stop and begin < end for begin, stop in self.marks)
        )


@dataclass(frozen=True)
class DataSet:
    """What a file holds.

    Attributes:
        kind: "texts", "HotpotQA" or "DROP".
        examples: in the order of the file.
        digest: SHA-256 of the file.
        notes: sentences a person should read (which column was taken, what was left out).
    """

    kind: str
    examples: tuple[Example, ...]
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether its examples are questions about a text."""
        return self.kind != "texts"


def read_data_set(path: Path, form: Form = AS_SHOWN) -> DataSet:
    """Read a CSV file of texts, or a JSON file in HotpotQA's or DROP's form; which one is told by its content.

    Args:
        path: the file.
        form: how a file of texts is written, where its content does not tell.

    Raises:
        InputError: it cannot be read, is too large, is of none of these forms, or holds no example.
    """
    data = _bytes(path)
    text, notes = decoded(data, path, form.encoding)
    if text.lstrip()[:1] in ("[", "{"):
        kind, examples, more = _questions(_parsed(text, path), path)
    else:
        kind, (texts, more) = "texts", read_texts(text, path, form)
        examples = [Example(str(number), text) for number, text in texts]
    if not examples:
        raise InputError(f"{path} holds no example" + "".join(f"; {note}" for note in more[1:2]))
    return DataSet(kind, tuple(_distinct(examples)), hashlib.sha256(data).hexdigest(), (*more, *notes))


def passage(context: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, dict[tuple[str, int], tuple[int, int]]]:
    """The text of a HotpotQA context, and where each of its sentences is.

    A paragraph is its title, a colon and its sentences; a blank line comes between paragraphs. The title so belongs
    to the first sentence, and there are as many sentences as the data set has.

    Returns:
        The text, and (title, number of the sentence) -> (start, end) in it.
    """
    text = ""
    places: dict[tuple[str, int], tuple[int, int]] = {}
    for title, sentences in context:
        text += "\n\n" if text else ""
        text += f"{title.strip()}: " if title.strip() else ""
        for number, sentence in enumerate(sentences):
            said = " ".join(sentence.split())
            if not said:
                continue
            text += " " if number and not text.endswith((" ", "\n")) else ""
            places[(title, number)] = (len(text), len(text) + len(said))
            text += said
    return text.strip(), places


def _bytes(path: Path) -> bytes:
    try:
        return outside.read_file(path, MAX_BYTES)
    except ValueError as error:
        raise InputError(f"{path} cannot be read: {error}; give a part of it") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None


def _parsed(text: str, path: Path) -> Any:
    try:
        return outside.parse(text, _BOUNDS)
    except ValueError as error:
        raise InputError(f"{path} is not JSON that can be read: {error}") from None


def _questions(document: Any, path: Path) -> tuple[str, list[Example], tuple[str, ...]]:
    if isinstance(document, list):
        examples = [_hotpotqa(entry, number, path) for number, entry in enumerate(document, start=1)]
        return "HotpotQA", examples, ()
    if isinstance(document, dict):
        return "DROP", [example for item in document.items() for example in _drop(*item, path)], ()
    raise InputError(f"{path} is neither HotpotQA's list of questions nor DROP's object of passages")


def _hotpotqa(entry: Any, number: int, path: Path) -> Example:
    where = f"{path}, question {number}"
    question = _field(entry, "question", str, where)
    context = _field(entry, "context", list, where)
    for pair in context:
        if not (_is_pair(pair) and isinstance(pair[0], str) and isinstance(pair[1], list)) or not all(
            isinstance(sentence, str) for sentence in pair[1]
        ):
            raise InputError(f"{where}: context must be a list of [title, [sentences]], as in HotpotQA")
    text, places = passage(context)
    facts = entry.get("supporting_facts", [])
    if not (isinstance(facts, list) and all(_is_pair(fact) and isinstance(fact[1], int) for fact in facts)):
        raise InputError(f"{where}: supporting_facts must be a list of [title, number of the sentence], as in HotpotQA")
    named = [(str(title), sentence) for title, sentence in facts]  # a few of HotpotQA's name sentences there are not
    marks = {places[fact] for fact in named if fact in places}
    answer = entry.get("answer", "")
    return Example(
        str(entry.get("_id", number)), text, question, answer if isinstance(answer, str) else "", tuple(sorted(marks))
    )


def _drop(name: str, entry: Any, path: Path) -> Iterator[Example]:
    where = f"{path}, passage {name!r}"[:300]
    text = _field(entry, "passage", str, where)
    for number, pair in enumerate(_field(entry, "qa_pairs", list, where), start=1):
        question = _field(pair, "question", str, f"{where}, question {number}")
        answer = _drop_answer(pair.get("answer"))
        yield Example(str(pair.get("query_id", f"{name}-{number}")), text, question, answer, _drop_marks(pair, text))


def _drop_answer(answer: Any) -> str:
    """A number, else the spans, else a date, as words."""
    if not isinstance(answer, dict):
        return ""
    number = str(answer.get("number") or "").strip()
    spans = [str(span).strip() for span in answer.get("spans") or () if str(span).strip()]
    date = answer.get("date")
    parts = [str(date.get(part) or "").strip() for part in ("day", "month", "year")] if isinstance(date, dict) else []
    return number or ", ".join(spans) or " ".join(part for part in parts if part)


def _drop_marks(pair: dict[str, Any], text: str) -> tuple[tuple[int, int], ...]:
    """DROP marks nothing; files of our own may name the numbers of the sentences that count."""
    from spex_core.inputs.segmentation import cut

    numbers = pair.get("supporting_facts")
    if not isinstance(numbers, list) or not text.strip():
        return ()
    spans = cut(text, "sentence")
    wanted = {number for number in numbers if isinstance(number, int) and 0 <= number < len(spans)}
    return tuple((spans[number].start, spans[number].end) for number in sorted(wanted))


def _field(entry: Any, name: str, kind: type, where: str) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get(name), kind):
        raise InputError(f"{where}: {name!r} is missing or not {'a text' if kind is str else 'a list'}")
    return entry[name]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _distinct(examples: Sequence[Example]) -> Iterator[Example]:
    """The examples, those whose name is taken with their number behind it."""
    seen: set[str] = set()
    for number, example in enumerate(examples, start=1):
        name = _whole(" ".join(example.id.split())[:_LONGEST_NAME])
        while name in seen:
            name = f"{name}-{number}"
        seen.add(name)
        yield Example(name, example.text, _whole(example.question), _whole(example.answer), example.marks)


def _whole(text: str) -> str:
    """Without the half characters that JSON's escapes can hold; a text with one is refused where it is cut."""
    return text.encode("utf-8", "replace").decode()
