"""The masker that cuts an input for a backend, after checking that the two fit together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from spex_core.errors import InputError
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.inputs.maskers.segments import SegmentMasker
from spex_core.inputs.maskers.text import TextMasker
from spex_core.inputs.segments import Segments
from spex_core.models.base import Backend

if TYPE_CHECKING:
    from PIL.Image import Image

_INPUTS = {"text": "texts", "image": "pictures"}


def text_masker(
    text: str,
    backend: Backend,
    unit: str = "word",
    masking: str | None = None,
    keep: Iterable[Sequence[int]] = (),
    only: Iterable[Sequence[int]] = (),
) -> TextMasker:
    """Cut `text` into features for `backend`.

    Raises:
        InputError: the backend has no such masking or no tokenizer for unit="token"; TextError, see `TextMasker`.
    """
    masking = _masking(backend, "text", masking)
    tokens = backend.token_spans(text) if unit == "token" else None
    if unit == "token" and tokens is None:
        raise InputError(f'{backend.name} has no tokenizer of its own; use unit="word"')
    return TextMasker(text, unit, masking, tokens, backend.mask_token, keep, only)


def image_masker(
    image: Image,
    backend: Backend,
    grid: tuple[int, int] = (8, 6),
    masking: str | None = None,
    question_words: bool = False,
    segments: Segments | None = None,
) -> PictureMasker:
    """Cut `image`, in the form of `pictures.as_picture`, into features for `backend`: its segments, else a grid.

    Raises:
        InputError: the backend reads no pictures, has no such masking, or asks no question whose words could be
            features; a bad grid or segments of another picture, see `ImageMasker` and `SegmentMasker`.
    """
    masking = _masking(backend, "image", masking)
    if question_words and not backend.question.strip():
        raise InputError(f"{backend.name} has no question here, so its words cannot be features; give it a question")
    question = backend.question if question_words else ""
    return cut_picture(image, grid, segments, masking, question, backend.mask_token)


def cut_picture(
    image: Image, grid: tuple[int, int], segments: Segments | None, masking: str, question: str, mask_token: str
) -> PictureMasker:
    """Cut `image` into its segments, else into a grid; raises `InputError` as the two maskers do."""
    if segments is not None:
        return SegmentMasker(image, segments, masking, question, mask_token)
    return ImageMasker(image, grid, masking, question, mask_token)


def _masking(backend: Backend, modality: str, masking: str | None) -> str:
    """The masking to use, after checking that the backend reads this kind of input and offers it."""
    if backend.modality != modality:
        reads, given = _INPUTS.get(backend.modality, backend.modality), _INPUTS[modality]
        raise InputError(f"{backend.name} reads {reads}, not {given}; give it {reads} or choose another model")
    masking = masking or backend.maskings[0]
    if masking not in backend.maskings:
        raise InputError(f"masking={masking!r} is not offered by {backend.name}; use {' or '.join(backend.maskings)}")
    return masking
