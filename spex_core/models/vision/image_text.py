"""CLIP and SigLIP from a folder or the hub: how well sentences fit pictures, as the models themselves say.

Radford et al. 2021 (arXiv 2103.00020), Zhai et al. 2023 (arXiv 2303.15343). Both give a picture and a sentence a vector
of length one each; the logit is their product, times exp(`logit_scale`), plus SigLIP's `logit_bias`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.cpu import torch_workers
from spex_core.errors import InputError, ModelError
from spex_core.models.folder_files import read_json
from spex_core.models.folders import fetch_folder, load_part, one_line
from spex_core.models.from_folder import Origin
from spex_core.models.vision.hf_images import BATCH, check_processor, load_pictures, of_one_size, short_name
from spex_core.models.whole_import import whole

if TYPE_CHECKING:
    from PIL.Image import Image

AUTO = "AutoModel"
TYPES = ("clip", "siglip")
FILLER = "..."


class ImageText:
    """A loaded CLIP or SigLIP, safe to use from several threads: calls take turns.

    Attributes:
        model: its name.
        mask_token: what stands for a hidden word: the tokenizer's unknown token, or "..." where that is also the end
            of a text, as CLIP's is.
        longest: most tokens of a sentence.
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from.
    """

    fingerprint = ""
    origin: Origin | None = None

    def __init__(self, network: Any, processor: Any, model: str, device: str, folder: Path) -> None:
        """Take over a loaded model and its image processor; its tokenizer is read from the same folder."""
        self.model, self.device = model, device
        self._network, self._processor = network, processor
        self._tokenizer: Any = load_part(
            whole("transformers").AutoTokenizer.from_pretrained, folder, f"the tokenizer of {model}"
        )
        self.longest = int(network.config.text_config.max_position_embeddings)
        self._whole_length = network.config.model_type == "siglip"  # it was taught on texts padded to their most
        special = {self._tokenizer.bos_token, self._tokenizer.eos_token, self._tokenizer.pad_token}
        unknown = self._tokenizer.unk_token
        self.mask_token = FILLER if not unknown or unknown in special else str(unknown)
        self._lock = threading.Lock()

    @property
    def batch(self) -> int:
        """Pictures read at once."""
        return BATCH[self.device]

    def logits(self, pictures: Sequence[Image], *columns: Sequence[str]) -> FloatArray:
        """(m, columns) float64: how well each of m sentences, in each column, fits the picture at its place.

        Raises:
            InputError: a sentence is longer than the model reads.
            ModelError: the processor or the network fails on them.
        """
        if not pictures:
            return np.zeros((0, len(columns)))
        parts = of_one_size(pictures, self.batch)
        distinct = list(dict.fromkeys(sentence for column in columns for sentence in column))
        texts = [distinct[start : start + self.batch] for start in range(0, len(distinct), self.batch)]
        with self._lock:
            each = torch_workers().map if self.device == "cpu" else map
            seen = np.concatenate(list(each(self._see, parts)))
            read = np.concatenate(list(each(self._read, texts)))
            scale = float(self._network.logit_scale.double().exp().item())
            bias = getattr(self._network, "logit_bias", None)
            moved = 0.0 if bias is None else float(bias.double().item())
        row = {sentence: k for k, sentence in enumerate(distinct)}
        chosen = read[[[row[sentence] for sentence in column] for column in columns]]
        return np.asarray(scale * np.einsum("md,cmd->mc", seen, chosen) + moved)

    def check(self, sentence: str) -> None:
        """Refuse a sentence without tokens, or with more than the model reads; it is never cut short in silence.

        Raises:
            InputError: says which.
        """
        count = len(self._tokenizer(sentence, truncation=False, verbose=False)["input_ids"])
        if not count:
            raise InputError(f"{sentence!r} holds nothing that the tokenizer of {self.model} knows")
        if count > self.longest:
            raise InputError(f"a sentence of {count} tokens is too long: {self.model} reads {self.longest}; shorten it")

    def _see(self, pictures: Sequence[Image]) -> FloatArray:
        """(b, d) vectors of length one."""
        import torch

        try:
            with torch.inference_mode():
                inputs = self._processor([picture.convert("RGB") for picture in pictures], return_tensors="pt")
                pixels = inputs["pixel_values"].to(self.device)
                return _unit(self._network.get_image_features(pixel_values=pixels))
        except Exception as error:  # each processor and network has demands of its own on its pictures
            raise ModelError(f"{self.model} could not read a picture: {one_line(error)}") from error

    def _read(self, sentences: Sequence[str]) -> FloatArray:
        """(b, d) vectors of length one."""
        import torch

        found = []
        for sentence in sentences:  # alone: what pads some is another model's end of text
            self.check(sentence)
            padded = {"padding": "max_length", "max_length": self.longest} if self._whole_length else {}
            ids = self._tokenizer(sentence, return_tensors="pt", truncation=False, **padded)["input_ids"]
            try:
                with torch.inference_mode():
                    found.append(_unit(self._network.get_text_features(input_ids=ids.to(self.device))))
            except Exception as error:  # likewise
                raise ModelError(f"{self.model} could not read a sentence: {one_line(error)}") from error
        return np.concatenate(found)


def load_image_text(model: str) -> ImageText:
    """The process's one copy of a CLIP or SigLIP; arguments and errors as `hf_images.load_image_classifier`."""
    folder = fetch_folder(model)
    name = short_name(model)
    check_image_text(folder, name)
    return load_pictures(folder, name, AUTO, ImageText)


def check_image_text(folder: Path, model: str) -> None:
    """Refuse a folder that holds no CLIP or SigLIP, or nothing that says how pictures are prepared for it.

    Raises:
        InputError: says what it is, or what is missing.
    """
    kind = read_json(folder / "config.json").get("model_type")
    if kind not in TYPES:
        raise InputError(f"{model} is of type {kind!r}; this backend compares pictures and texts by CLIP or SigLIP")
    check_processor(folder, model)


def _unit(output: Any) -> FloatArray:
    vectors = getattr(output, "pooler_output", output).double().cpu().numpy()
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
