"""Pictures as input: what a picture model is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, eq=False)
class PictureQuestion:
    """One masked input of a picture model whose question is masked too.

    Attributes:
        image: the picture, masked or not.
        question: the question, masked or not; None for the backend's own.
    """

    image: Image
    question: str | None = None
