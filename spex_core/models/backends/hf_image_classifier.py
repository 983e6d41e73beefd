"""hf-image-classifier: how strongly does a classifier of pictures hold to one of its classes?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spex_core.arrays import FloatArray
from spex_core.inputs.base import Masker
from spex_core.models.base import Forecast, Option
from spex_core.models.from_folder import FolderBackend, Loaded
from spex_core.models.vision.classes import Classes
from spex_core.models.vision.classifier import AGAINST_CLASS, LABEL, PictureClassifier
from spex_core.models.vision.hf_images import forecast_images, load_image_classifier, local_classes

if TYPE_CHECKING:
    from PIL.Image import Image

DEFAULT = "google/vit-base-patch16-224"
_CALL = {"cpu": 16, "mps": 64, "cuda": 256}


class HFImageClassifier(FolderBackend, PictureClassifier):
    """Any image classifier of transformers, its pictures prepared by its own processor."""

    name = "hf-image-classifier"
    built_in = False
    title = "Image classifier (Hugging Face)"
    summary = "Scores a class of ViT, DeiT, ConvNeXt, ResNet, Swin, DINOv2 or another classifier of pictures."
    options = (
        Option(
            "model",
            "Model",
            default=DEFAULT,
            help="Hugging Face id, or a folder with safetensors weights and preprocessor_config.json",
            scored=False,
        ),
        LABEL,
        AGAINST_CLASS,
    )

    def __init__(self, model: str = DEFAULT, label: str | None = "", against: str | None = "") -> None:
        """Load the model, downloading it where it is not on this machine.

        Raises:
            InputError: see `hf_images.load_image_classifier` and `PictureClassifier.aim`.
            ModelError: it could not be downloaded or loaded.
        """
        self.classifier = load_image_classifier((model or "").strip() or DEFAULT)
        self.classes = self.classifier.classes
        self.multi_label = self.classifier.multi_label
        self.aim(label, against)

    @classmethod
    def known_classes(cls, options: dict[str, str]) -> Classes | None:
        """Those that the config names, where the model is on this machine."""
        return local_classes(options.get("model") or DEFAULT)

    @property
    def loaded(self) -> Loaded:
        """The model."""
        return self.classifier

    def logits(self, pictures: Sequence[Image]) -> FloatArray:
        """See `PictureClassifier.logits`."""
        return self.classifier.logits(pictures)

    def batch_size(self, masker: Masker) -> int:
        """A few seconds of work at most."""
        return _CALL[self.classifier.device]

    @classmethod
    def forecast(cls, options: dict[str, str], masker: Masker | None = None) -> Forecast:
        """Memory, from the config alone."""
        return forecast_images((options.get("model") or "").strip() or DEFAULT)
