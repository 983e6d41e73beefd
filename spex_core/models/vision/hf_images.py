"""Image classifiers of transformers from a folder or the hub: checked, loaded once, and read in batches.

Their own image processors are used, in the form that needs no torchvision: a picture is prepared as it was in training.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.cpu import torch_workers
from spex_core.errors import InputError, ModelError, SpexError
from spex_core.models.base import Forecast
from spex_core.models.cost import ADVICE, Figures, foretell, loaded_bytes
from spex_core.models.device import best_device, check_memory, free_bytes
from spex_core.models.folder_files import read_json
from spex_core.models.folders import (
    check_folder,
    fetch_folder,
    find_folder,
    load_part,
    load_weights,
    one_line,
    quiet,
    told_fingerprint,
)
from spex_core.models.from_folder import Loaded, Origin
from spex_core.models.shared import shared
from spex_core.models.vision.classes import Classes
from spex_core.models.whole_import import whole

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T", bound=Loaded)

AUTO = "AutoModelForImageClassification"
PROCESSOR = "preprocessor_config.json"
BATCH = {"cpu": 4, "mps": 32, "cuda": 64}
WORKING = 400_000_000  # bytes of pictures and activations at once
_MOST_PIXELS = 4096  # along a side of what a model reads


class ImageClassifier:
    """One loaded classifier of pictures, safe to use from several threads: calls take turns.

    Attributes:
        model: its name.
        classes: see `read_classes`.
        multi_label: whether each class is decided on its own.
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from.
    """

    fingerprint = ""
    origin: Origin | None = None

    def __init__(self, network: Any, processor: Any, model: str, device: str, folder: Path) -> None:
        """Take over a loaded model (in eval mode, on `device`) and its image processor."""
        self.model, self.device = model, device
        self._network, self._processor = network, processor
        config = network.config
        self.classes = read_classes({"id2label": config.id2label}, model)
        self.multi_label = config.problem_type == "multi_label_classification"
        self._lock = threading.Lock()

    @property
    def batch(self) -> int:
        """Pictures read at once."""
        return BATCH[self.device]

    def logits(self, pictures: Sequence[Image]) -> FloatArray:
        """(m, classes) float64.

        Raises:
            ModelError: the processor or the network fails on them, or the device ran out of memory.
        """
        parts = of_one_size(pictures, self.batch)
        with self._lock:
            found = torch_workers().map(self._run, parts) if self.device == "cpu" else map(self._run, parts)
            return np.concatenate([np.empty((0, len(self.classes.names))), *found])

    def _run(self, pictures: Sequence[Image]) -> FloatArray:
        import torch

        try:
            with torch.inference_mode():
                inputs = self._processor([picture.convert("RGB") for picture in pictures], return_tensors="pt")
                output = self._network(pixel_values=inputs["pixel_values"].to(self.device))
                logits: FloatArray = output.logits.reshape(len(pictures), -1).double().cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise ModelError(f"{self.model} ran out of memory on {self.device}") from error
        except Exception as error:  # each processor and network has demands of its own on its pictures
            raise ModelError(f"{self.model} could not read a picture: {one_line(error)}") from error
        return logits


def load_image_classifier(model: str) -> ImageClassifier:
    """The process's one copy of a classifier of pictures.

    Args:
        model: a folder, or a Hugging Face id, which is downloaded if it is not on this machine.

    Raises:
        InputError: no such model, one that is refused (`folders.check_folder`, `check_images`), or that does not fit.
        ModelError: it could not be downloaded or loaded.
    """
    folder = fetch_folder(model)
    name = short_name(model)
    check_images(folder, name)
    return load_pictures(folder, name, AUTO, ImageClassifier)


def of_one_size(pictures: Sequence[Image], most: int) -> list[Sequence[Image]]:
    """Pictures in their order, in parts of one size and at most `most` of them."""
    parts: list[Sequence[Image]] = []
    for _, alike in groupby(pictures, key=lambda picture: picture.size):
        run = list(alike)
        parts += [run[start : start + most] for start in range(0, len(run), most)]
    return parts


def load_pictures(folder: Path, name: str, auto: str, build: Callable[[Any, Any, str, str, Path], T]) -> T:
    """The process's one copy of a model of pictures in a checked folder.

    Args:
        folder: see `folders.fetch_folder`.
        name: the model's, for messages.
        auto: the class of transformers that loads it.
        build: called with the network, its image processor, the name, the device and the folder.

    Raises:
        InputError, ModelError: see `load_image_classifier`.
    """
    device, figures = best_device(), measure(folder, auto)
    origin = Origin(folder)

    def load() -> T:
        transformers = whole("transformers")
        processor = load_part(transformers.AutoImageProcessor.from_pretrained, folder, f"the processor of {name}")
        network = load_weights(getattr(transformers, auto).from_pretrained, folder, name, "float32", device)
        return build(network, processor, name, device, folder)

    def check_room() -> None:
        check_memory(loaded_bytes(figures, "float32", device) + WORKING, device, ADVICE)

    return shared.get(
        (auto, str(folder.resolve()), told_fingerprint(folder), device), check_room, lambda: origin.load(name, load)
    )


def check_images(folder: Path, model: str) -> None:
    """Refuse a folder that holds no classifier of pictures, or nothing that says how pictures are prepared for it.

    Raises:
        InputError: says what it is, or what is missing.
    """
    from transformers.models.auto import modeling_auto

    config = read_json(folder / "config.json")
    kind = config.get("model_type")
    if kind not in vars(modeling_auto)["MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES"]:
        advice = "give a classifier of pictures such as ViT, ConvNeXt or ResNet"
        raise InputError(
            f"{model} is of type {kind!r}, which is no classifier of pictures that is known here; {advice}"
        )
    if config.get("problem_type") == "regression" or len(read_classes(config, model).names) < 2:
        raise InputError(f"{model} predicts a number, not classes; give a classifier with two or more")
    check_processor(folder, model)


def check_processor(folder: Path, model: str) -> None:
    """Refuse a folder without settings of its image processor, or with pictures of an absurd size in them.

    Raises:
        InputError: says which.
    """
    settings = read_json(folder / PROCESSOR)
    if not settings:
        raise InputError(
            f"{model} has no readable {PROCESSOR}, which says how pictures are prepared; copy it beside it"
        )
    for name in ("size", "crop_size"):
        given = settings.get(name)
        sides = list(given.values()) if isinstance(given, dict) else [given]
        for side in sides:
            if isinstance(side, int | float) and not 1 <= side <= _MOST_PIXELS:
                raise InputError(f"{model} has a {PROCESSOR} with {name} {side:g}; 1 to {_MOST_PIXELS:,} is possible")


def read_classes(config: Mapping[str, Any], model: str) -> Classes:
    """The names in a config's id2label; LABEL_0 and on where it names fewer than `num_labels`, two where it has none.

    A name such as "tench, Tinca tinca" is found by each of its parts too.
    """
    named = config.get("id2label")
    labels = {str(key): str(value) for key, value in named.items()} if isinstance(named, Mapping) else {}
    count = len(labels) or 2
    names = [labels.get(str(k), f"LABEL_{k}") for k in range(count)]
    return Classes([(name, *(name.split(", ") if ", " in name else ())) for name in names], owner=model)


def local_classes(model: str) -> Classes | None:
    """The classes of a model that is on this machine, from its config alone; None where it is not, or not readable."""
    try:
        folder = find_folder(model)
        config = {} if folder is None else read_json(folder / "config.json")
    except SpexError:
        return None
    return read_classes(config, short_name(model)) if isinstance(config.get("id2label"), dict) else None


def measure(folder: Path, auto: str = AUTO) -> Figures:
    """How many weights it has, by building it without them.

    Raises:
        InputError: the config describes no such model.
    """
    return _measure(json.dumps(read_json(folder / "config.json"), sort_keys=True), auto)


@lru_cache(maxsize=8)
def _measure(text: str, auto: str) -> Figures:
    import torch

    transformers = whole("transformers")
    try:
        with quiet(), torch.device("meta"):
            config = transformers.AutoConfig.for_model(**json.loads(text))
            network: Any = getattr(transformers, auto).from_config(config, trust_remote_code=False)
    except Exception as error:  # configs are checked by whatever breaks first
        raise InputError(f"config.json describes no model of pictures that can be built: {one_line(error)}") from error
    return Figures(int(network.num_parameters()))


def forecast_images(model: str, check: Callable[[Path, str], None] = check_images, auto: str = AUTO) -> Forecast:
    """What using a model of pictures takes, from its config alone; its speed is measured once it is loaded."""
    device = best_device()
    try:
        folder = find_folder(model)
        if folder is None:
            return Forecast(device=device, free_bytes=free_bytes(device))
        check_folder(folder, model)
        check(folder, short_name(model))
        figures = measure(folder, auto)
    except SpexError as error:
        return Forecast(device=device, free_bytes=free_bytes(device), problem=str(error))
    needed = loaded_bytes(figures, "float32", device) + WORKING
    if shared.holds((auto, str(folder.resolve()), told_fingerprint(folder), device)):
        needed -= figures.weight_bytes("float32")  # they are in memory already
    return foretell(device, needed, None, None, "float32", 1.0, 0)


def short_name(model: str) -> str:
    """A folder's own name, an id as it is: messages show no paths."""
    path = Path(model).expanduser()
    return path.resolve().name if path.is_dir() else model
