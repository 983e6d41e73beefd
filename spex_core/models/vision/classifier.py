"""Base of the backends that name what is in a picture: log-odds of a class or a group of classes."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import InputError
from spex_core.inputs.pictures import MASKINGS, PictureQuestion
from spex_core.models.base import Backend, Guess, ModelSpec, Option
from spex_core.models.vision.classes import Classes, Target, apart

if TYPE_CHECKING:
    from PIL.Image import Image

LABEL = Option("label", "Class", help="what to explain: a class or a part of its name; left empty, what the model sees")
AGAINST_CLASS = Option("against", "Against", help="another class to compare it with; left empty, everything else")


class PictureClassifier(Backend):
    """Log-odds of a class, or of a group of classes: log p(in it) - log p(outside it), or against another.

    Where each class is decided on its own (multi-label), the log-odds of one class are its logit.

    Attributes:
        classes: what it knows.
        target: what is explained, None while it is still to be taken from the picture.
        other: what that is compared with, None for everything else.
    """

    modality: ClassVar[str] = "image"
    maskings: ClassVar[tuple[str, ...]] = MASKINGS
    unit = "log-odds"
    multi_label = False
    classes: Classes
    target: Target | None = None
    other: Target | None = None

    @classmethod
    def known_classes(cls, options: dict[str, str]) -> Classes | None:
        """What the model that `options` name knows, where it can be told without loading it."""
        return None

    @abstractmethod
    def logits(self, pictures: Sequence[Image]) -> FloatArray:
        """(m, classes) float64 of m pictures."""

    def aim(self, label: str | None, against: str | None) -> None:
        """Fix what is explained; an empty `label` is settled later.

        Raises:
            InputError: a name that is unknown, ambiguous, or the same twice.
        """
        target = self.classes.find(label) if label and label.strip() else None
        self.other = self.classes.find(against) if against and against.strip() else None
        if target is not None:
            self._choose(target)

    def score(self, inputs: Sequence[Any]) -> FloatArray:
        """Log-odds of m pictures (PIL images, or `PictureQuestion`): (m,) float64.

        Raises:
            InputError: an entry is no picture, or no class is fixed yet.
        """
        return self.read_out(self.logits([as_image(entry, k) for k, entry in enumerate(inputs)]))

    def read_out(self, logits: FloatArray) -> FloatArray:
        """(m, classes) -> (m,) log-odds.

        Raises:
            InputError: no class is fixed yet.
        """
        if self.target is None:
            raise InputError("no class is given: give label=, or call settle(picture) for what the model sees")
        own, other = self.target, self.other
        if other is not None:
            own, other = apart(own, other)
        inside = np.logaddexp.reduce(logits[:, own.members], axis=1)
        if other is None and self.multi_label:
            return np.asarray(inside)
        outside = np.delete(logits, own.members, axis=1) if other is None else logits[:, other.members]
        return np.asarray(inside - np.logaddexp.reduce(outside, axis=1))

    def guesses(self, whole: Any, count: int = 5) -> tuple[Guess, ...]:
        """The most probable classes, with their probabilities."""
        logits = self.logits([as_image(whole, 0)])[0]
        if self.multi_label:
            chances = np.exp(-np.logaddexp(0.0, -logits))
        else:
            chances = np.exp(logits - np.logaddexp.reduce(logits))
        order = np.argsort(-chances, kind="stable")[:count]
        return tuple(Guess(self.classes.names[k], float(chances[k])) for k in order)

    def reply(self, whole: Any) -> str:
        """The most probable class."""
        return self.guesses(whole, 1)[0].name

    def settle(self, whole: Any) -> Self:
        """This backend with the most probable class fixed, where none was given, and names written out in full.

        Raises:
            InputError: `whole` is no picture, or that class is the one it is to be compared with.
        """
        settled = copy.copy(self)
        if self.target is None:
            settled._choose(self.classes.find(self.reply(whole)))
        if self.spec is not None and settled.target is not None:
            fixed = {"label": settled.target.name} | ({"against": settled.other.name} if settled.other else {})
            settled.spec = ModelSpec(self.name, {**self.spec.options, **fixed})
        return settled

    def _choose(self, target: Target) -> None:
        """Explain this one from now on."""
        if self.other is not None:
            apart(target, self.other)
        if len(target.members) == len(self.classes.names):
            raise InputError(
                f"{target.name!r} is everything that {self.classes.owner} knows; nothing is left to tell it from"
            )
        self.target = target
        name = _spoken(target.name)
        self.toward = (_spoken(self.other.name) if self.other else f"not {name}", name)
        names = self.classes.names
        if self.other is None and len(names) == 2 and len(target.members) == 1 and not self.multi_label:
            self.toward = (names[1 - target.members[0]], name)


def _spoken(name: str) -> str:
    """ "dog" for "dog, any breed"."""
    return name.partition(", any ")[0]


def as_image(entry: Any, position: int) -> Image:
    """The picture of an entry.

    Raises:
        InputError: it is none, or has no pixels.
    """
    from PIL import Image

    image = entry.image if isinstance(entry, PictureQuestion) else entry
    if not isinstance(image, Image.Image):
        raise InputError(f"entry {position} must be a picture, not {type(image).__name__}")
    if not image.width or not image.height:
        raise InputError(f"entry {position} is a picture without pixels")
    return image
