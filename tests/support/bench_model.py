"""A text model that is asked a question, whose answer is known, and which tells what it was asked: for benchmarks."""

import json
from typing import ClassVar

import numpy as np

from spex_core.models import registry
from spex_core.models.base import Backend, Option

METHODS = ("banzhaf-1", "banzhaf-2")
"""Methods that need no library and milliseconds."""


class Asking(Backend):
    """3 where both words of the question stand in the text, 1 for each alone, and a little for every word."""

    name, title, summary = "asking", "Asking", "Looks for the words of its question."
    unit = "points"
    maskings = ("removal", "unk")
    options = (Option("question", "Question", required=True), Option("answer", "Answer"))
    asked: ClassVar[list[tuple[str, str]]] = []  # (question, text) of every pass, in order
    loaded: ClassVar[list[tuple[str, str]]] = []  # (question, answer) of every load
    on_batch = None

    def __init__(self, question, answer=""):
        self.question = question
        self.answer = answer
        Asking.loaded.append((question, answer))

    def score(self, inputs):
        if Asking.on_batch is not None:
            Asking.on_batch(self.question, inputs)
        Asking.asked.extend((self.question, text) for text in inputs)
        first, second = self.question.split()
        words = [set(text.split()) for text in inputs]
        return np.array([(first in w) + (second in w) + 1.0 * ({first, second} <= w) + 0.01 * len(w) for w in words])

    def batch_size(self, masker):
        return 16

    @classmethod
    def fresh(cls, monkeypatch):
        """Nothing asked yet, and registered under its name, for one test."""
        for name, value in {"asked": [], "loaded": [], "on_batch": None}.items():
            monkeypatch.setattr(cls, name, value)
        monkeypatch.setitem(registry.backends(), cls.name, cls)
        return cls


def sentence(number, words=6):
    """A sentence of words that no other number has."""
    return " ".join(f"w{number}x{k}" for k in range(words))


def write_questions(path, count=2, sentences=8):
    """A file in HotpotQA's form: the words of question k stand in its sentences 1 and 4 (of one word each)."""
    entries = []
    for number in range(count):
        said = [f"S{number}x{k}." for k in range(sentences)]
        entries.append(
            {
                "_id": f"q{number}",
                "question": f"S{number}x1. S{number}x4.",
                "answer": "yes",
                "supporting_facts": [["One", 1], ["Two", 0]],
                "context": [["One", said[:4]], ["Two", said[4:]]],
            }
        )
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def write_texts(path, texts):
    """A CSV file of texts."""
    path.write_text("id,text\n" + "".join(f"{k},{text}\n" for k, text in enumerate(texts)), encoding="utf-8")
    return path
