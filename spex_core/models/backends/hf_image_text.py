"""hf-image-text: how well does a sentence fit the picture?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.errors import InputError
from spex_core.inputs.base import Masker
from spex_core.inputs.pictures import MASKINGS, PictureQuestion
from spex_core.models.base import Forecast, Option
from spex_core.models.from_folder import FolderBackend, Loaded
from spex_core.models.vision.classifier import as_image
from spex_core.models.vision.hf_images import forecast_images
from spex_core.models.vision.image_text import AUTO, check_image_text, load_image_text

DEFAULT = "openai/clip-vit-base-patch32"
_CALL = {"cpu": 16, "mps": 64, "cuda": 256}


class HFImageText(FolderBackend):
    """The logit of picture and sentence, or its difference from another sentence's.

    For CLIP that difference is the log-odds of the first sentence where only the two are possible; for SigLIP a logit
    is by itself the log-odds that sentence and picture belong together. Where the words of the sentence are features,
    those of the other sentence stay.
    """

    name = "hf-image-text"
    built_in = False
    title = "How well a sentence fits the picture (CLIP or SigLIP, Hugging Face)"
    summary = "Compares the picture with a sentence, or with two: which of them fits it better, and why."
    modality: ClassVar[str] = "image"
    maskings: ClassVar[tuple[str, ...]] = MASKINGS
    words_option: ClassVar[str] = "answer"
    options = (
        Option(
            "model",
            "Model",
            default=DEFAULT,
            help="Hugging Face id, or a folder of CLIP or SigLIP with preprocessor_config.json",
            scored=False,
        ),
        Option("answer", "Sentence", required=True, help="what the picture may show, such as: a photo of a dog"),
        Option("against", "Against", help="another sentence: explains how much better the first one fits"),
    )

    def __init__(self, answer: str, model: str = DEFAULT, against: str | None = "") -> None:
        """Load the model, downloading it where it is not on this machine.

        Raises:
            InputError: see `image_text.load_image_text`; a sentence that is too long, or twice the same one.
            ModelError: it could not be downloaded or loaded.
        """
        self.question, self.against = (answer or "").strip(), (against or "").strip()
        if self.question == self.against:
            raise InputError(f"{self.question!r} against itself always fits equally well; give another sentence")
        self.pair = load_image_text((model or "").strip() or DEFAULT)
        for sentence in filter(None, (self.question, self.against)):
            self.pair.check(sentence)
        self.mask_token = self.pair.mask_token
        self.unit = "log-odds" if self.against else "logit"
        self.toward = (f"“{self.against}”" if self.against else f"not “{self.question}”", f"“{self.question}”")

    @property
    def loaded(self) -> Loaded:
        """The model."""
        return self.pair

    def score(self, inputs: Sequence[Any]) -> FloatArray:
        """Logits of m pictures (PIL images, or `PictureQuestion` with a sentence of its own): (m,) float64.

        Raises:
            InputError: an entry is no picture.
        """
        pictures = [as_image(entry, k) for k, entry in enumerate(inputs)]
        said = [entry.question if isinstance(entry, PictureQuestion) else None for entry in inputs]
        sentences = [self.question if sentence is None else sentence for sentence in said]
        if not self.against:
            return self.pair.logits(pictures, sentences)[:, 0]
        own, other = self.pair.logits(pictures, sentences, [self.against] * len(pictures)).T
        return np.asarray(own - other)

    def batch_size(self, masker: Masker) -> int:
        """A few seconds of work at most."""
        return _CALL[self.pair.device]

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Memory, from the config alone."""
        return forecast_images((options.get("model") or "").strip() or DEFAULT, check_image_text, AUTO)
