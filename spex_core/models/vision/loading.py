"""LLaVA-NeXT models from a folder or the hub: checked before anything is loaded, loaded once for all runs.

`trust_remote_code` stays off and weights are safetensors, see `models.folders`.
https://huggingface.co/docs/transformers/model_doc/llava_next
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from spex_core import deployment
from spex_core.errors import InputError, ModelError
from spex_core.models.cost import ADVICE
from spex_core.models.device import best_device, check_memory
from spex_core.models.folder_files import check_size, read_json
from spex_core.models.folders import (
    check_code,
    check_name,
    fetch_folder,
    find_folder,
    load_part,
    load_weights,
    quiet,
)
from spex_core.models.from_folder import Origin, in_words
from spex_core.models.shared import shared
from spex_core.models.vision.cost import PictureFigures, choose_dtype, needed_bytes
from spex_core.models.vision.model import VisionLanguageModel
from spex_core.models.whole_import import whole

MODEL_TYPE = "llava_next"


def check_type(config: Mapping[str, Any], model: str) -> None:
    """Refuse a config that is no LLaVA-NeXT.

    Raises:
        InputError: names the type found and the one needed.
    """
    if config.get("model_type") != MODEL_TYPE:
        raise InputError(f"{model} is of type {config.get('model_type')!r}; this backend reads {MODEL_TYPE!r} models")


def read_config(folder: Path, model: str) -> dict[str, Any]:
    """The folder's config.json.

    Raises:
        InputError: it is missing or no LLaVA-NeXT, or the folder is refused by `folders.check_code`.
    """
    config = read_json(folder / "config.json")
    if not config:
        raise InputError(f"{model} is no model folder: it has no readable config.json")
    check_size(config, model)
    check_code(folder, model)
    check_type(config, model)
    return config


def find(model: str) -> Path:
    """The folder of `model`, downloaded where it has to be.

    Raises:
        InputError: it is neither a folder nor on the hub, or of a kind that is refused.
        ModelError: the hub cannot be reached.
    """
    folder = find_folder(model)
    if folder is None:
        _check_before_download(check_name(model))
    else:
        read_config(folder, model)
    return fetch_folder(model).resolve()


def _check_before_download(model: str) -> None:
    """Fail early: a hub that is not there, or a model of another type, before gigabytes are fetched."""
    from huggingface_hub import constants, hf_hub_download

    if not getproxies():
        try:  # the hub's client would try again for half a minute
            socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, 443)
        except OSError as error:
            raise ModelError(
                f"{model} is not on this machine and huggingface.co cannot be reached; "
                "give the folder of a downloaded model"
            ) from error
    try:
        with quiet():
            config = Path(hf_hub_download(model, "config.json", **deployment.current().hub_options))
    except Exception:
        return  # the download itself says what is wrong
    check_type(read_json(config), model)


def shared_model(model: str, device: str = "", dtype: str = "") -> VisionLanguageModel:
    """The process's one copy of a model, loaded at first use.

    Args:
        model: folder or hub id.
        device: "cuda", "mps" or "cpu"; "" for the best there is.
        dtype: "float32", "bfloat16" or "float16"; "" for what suits the device.

    Raises:
        InputError: it is no LLaVA-NeXT, unsafe, incomplete, or too large for the memory that is free.
        ModelError: the hub cannot be reached, or the library cannot load it.
    """
    folder = find(model)  # outside the lock: a download may take an hour
    figures = PictureFigures.of(read_config(folder, model))
    origin = Origin(folder)
    device = device or best_device()
    dtype = dtype or choose_dtype(device, figures)

    def check_room() -> None:
        check_memory(needed_bytes(figures, dtype, device), device, ADVICE)

    def load() -> VisionLanguageModel:
        loaded = origin.load(model, lambda: _load(folder, model, dtype, device, figures))
        loaded.fingerprint = f"{origin.fingerprint} {dtype}"  # the precision is no option here
        return loaded

    with in_words(model):
        return shared.get((MODEL_TYPE, str(folder), origin.fingerprint, dtype, device), check_room, load)


def _load(folder: Path, model: str, dtype: str, device: str, figures: PictureFigures) -> VisionLanguageModel:
    transformers = whole("transformers")
    processor = load_part(transformers.AutoProcessor.from_pretrained, folder, f"the processor of {model}")
    network = load_weights(transformers.LlavaNextForConditionalGeneration.from_pretrained, folder, model, dtype, device)
    return VisionLanguageModel(network, processor, figures, device, dtype)
