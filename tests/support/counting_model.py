"""A text model whose answer is known and which counts what it is asked: for tests of runs."""

import threading
import time
from typing import ClassVar

import numpy as np

from spex_core.models.base import Backend, ModelSpec, Option

TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


class Counting(Backend):
    """Length of a text, plus 5 where "two" and "five" both stand in it; shared weights are told by `weights`."""

    name, title, summary = "counting", "Counting", "Counts characters."
    unit = "characters"
    maskings = ("removal", "unk")
    options = (Option("answer", "Answer"), Option("key", "Key", secret=True))
    weights = "first"
    delay = 0.0
    batch = 20
    asked: ClassVar[list[str]] = []  # every text that any of them was asked about, in order
    at_once = 0
    most_at_once = 0
    on_batch = None
    _guard = threading.Lock()

    def __init__(self, answer="", key=""):
        self.answer = answer
        self.key = key
        self.spec = ModelSpec("counting", {"answer": answer})
        self._weights = type(self).weights

    @property
    def fingerprint(self):
        return f"counting {self._weights}"

    def score(self, inputs):
        kind = Counting
        with kind._guard:
            kind.at_once += 1
            kind.most_at_once = max(kind.most_at_once, kind.at_once)
        try:
            if kind.on_batch is not None:
                kind.on_batch(inputs)
            time.sleep(kind.delay)
            kind.asked.extend(inputs)
            return np.array([len(text) + 5.0 * ("two" in text and "five" in text) for text in inputs])
        finally:
            with kind._guard:
                kind.at_once -= 1

    def batch_size(self, masker):
        return type(self).batch

    def settle(self, whole):
        if self.answer:
            return self
        return Counting(f"own {len(Counting.asked)}", self.key)  # another answer whenever it is asked

    @classmethod
    def fresh(cls, monkeypatch):
        """Nothing asked yet, and registered under its name, for one test."""
        from spex_core.models import registry

        for name, value in {"asked": [], "most_at_once": 0, "at_once": 0, "delay": 0.0, "batch": 20}.items():
            monkeypatch.setattr(cls, name, value)
        monkeypatch.setattr(cls, "weights", "first")
        monkeypatch.setattr(cls, "on_batch", None)
        monkeypatch.setitem(registry.backends(), cls.name, cls)
        return cls
