"""What a language model takes: memory, arithmetic and time, worked out from its config before it is loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from spex_core import deployment
from spex_core.errors import InputError, ModelError, SpexError
from spex_core.models import cost
from spex_core.models.base import Forecast
from spex_core.models.device import BYTES, best_device, check_precision, choose_precision, free_bytes
from spex_core.models.folder_files import read_json
from spex_core.models.folders import (
    WANTED_FILES,
    check_folder,
    check_name,
    find_folder,
    one_line,
    quiet,
    told_fingerprint,
)
from spex_core.models.from_folder import in_words
from spex_core.models.gguf.cache import likely_copy
from spex_core.models.gguf.conversion import gguf_file, what_it_takes
from spex_core.models.gguf.header import read_header
from spex_core.models.language.kinds import KINDS, check_kind
from spex_core.models.language.vocabulary import check_files
from spex_core.models.shared import shared
from spex_core.models.whole_import import whole

ADVICE = f"{cost.ADVICE}, or precision=bfloat16"
"""For a model that does not fit into memory."""
_EFFICIENCY = 0.5  # of a large matrix product's speed that a transformer of usual shape reaches
_WORKING = {"cpu": 400_000_000, "cuda": 600_000_000, "mps": 700_000_000}  # activations, keys and values
_HUB_SECONDS = 5.0


@dataclass(frozen=True)
class TextFigures(cost.Figures):
    """A model's size.

    Attributes:
        active: weights that take part in a matrix product for every token (no embeddings, no output layer; of a
            mixture of experts those of the chosen ones).
        layers: transformer layers.
        width: of the hidden state.
    """

    active: int
    layers: int
    width: int

    def flops(self, tokens: int) -> float:
        """Of one pass over `tokens` tokens: two per active weight and token, and the attention's two products."""
        return 2.0 * self.active * tokens + 4.0 * self.layers * self.width * float(tokens) ** 2


def measure(folder: Path, kind: str) -> TextFigures:
    """A model's size, by building it without its weights.

    Args:
        folder: holds config.json.
        kind: one of `KINDS`.

    Raises:
        InputError: the config describes no such model.
    """
    return _measure(json.dumps(read_json(folder / "config.json"), sort_keys=True), kind)


@lru_cache(maxsize=16)
def _measure(text: str, kind: str) -> TextFigures:
    import torch

    transformers = whole("transformers")
    data = json.loads(text)
    try:
        with quiet(), torch.device("meta"):
            config = transformers.AutoConfig.for_model(**data)
            network: Any = getattr(transformers, KINDS[kind]).from_config(config, trust_remote_code=False)
    except Exception as error:  # configs are checked by whatever breaks first
        raise InputError(f"config.json describes no {kind} model that can be built: {one_line(error)}") from error
    decoder = config.get_text_config()
    embedded = {id(network.get_input_embeddings().weight)}
    output = network.get_output_embeddings() if kind == "causal-lm" else None
    if output is not None:
        embedded.add(id(output.weight))
    active = 0.0
    for name, weight in network.named_parameters():
        if id(weight) not in embedded and weight.ndim > 1:
            active += weight.numel() * (_share_of_experts(decoder) if ".experts." in name else 1.0)
    layers = int(getattr(decoder, "num_hidden_layers", 0) or 0)
    width = int(getattr(decoder, "hidden_size", 0) or 0)
    return TextFigures(int(network.num_parameters()), int(active), layers, width)


def _share_of_experts(config: Any) -> float:
    used = getattr(config, "num_experts_per_tok", None)
    there = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None)
    return float(used / there) if used and there else 1.0


def shared_key(folder: Path, kind: str, precision: str, device: str) -> tuple[str, ...]:
    """What a loaded model is kept under in `models.shared`: its weights are part of it, once they are told."""
    return kind, str(folder.resolve()), told_fingerprint(folder), precision, device


def precision_here(folder: Path | None, kind: str, wanted: str, device: str, figures: TextFigures) -> str:
    """See `models.device.choose_precision`; "auto" keeps to the precision in which the model is loaded already."""
    if wanted == "auto" and folder is not None:
        for precision in BYTES:
            if shared.holds(shared_key(folder, kind, precision, device)):
                return precision
    return choose_precision(wanted, device, figures.parameters)


def needed_bytes(figures: TextFigures, precision: str, device: str) -> int:
    """Memory of a loaded model at work."""
    return cost.loaded_bytes(figures, precision, device) + _WORKING[device]


def forecast(model: str, precision: str, kind: str, tokens_here: Any, tokens_unknown: int | None) -> Forecast:
    """What using a model takes; nothing but its config is read, and nothing is downloaded but that.

    Args:
        model: folder or id.
        precision: see `models.device.PRECISIONS`.
        kind: one of `KINDS`.
        tokens_here: called with the folder of a model that is here; returns tokens per pass, None where there is no
            input yet.
        tokens_unknown: an estimate for a model that is not here.
    """
    device = best_device()
    try:
        wanted = check_precision(precision)
        source = gguf_file(model)
        if source is not None and (found := _copy(source, wanted)) is None:
            return _forecast_unconverted(source, wanted, device, tokens_unknown)
        folder = find_folder(model) if source is None else found
        if folder is not None:
            check_folder(folder, model)
            check_kind(read_json(folder / "config.json"), kind, model)
            check_files(folder, model)
            figures, download = measure(folder, kind), 0
            with in_words(model):
                tokens = tokens_here(folder)
        else:
            remote, download = _remote(check_name(model))
            check_kind(read_json(remote / "config.json"), kind, model)
            figures, tokens = measure(remote, kind), tokens_unknown
    except SpexError as error:
        return Forecast(device=device, free_bytes=free_bytes(device), problem=str(error))
    chosen = precision_here(folder, kind, wanted, device, figures)
    needed = needed_bytes(figures, chosen, device)
    if folder is not None and shared.holds(shared_key(folder, kind, chosen, device)):
        needed -= figures.weight_bytes(chosen)  # they are in memory already
    flops = None if tokens is None else figures.flops(tokens)
    arithmetic = "float32" if device == "cpu" else chosen  # see `models.bfloat16`
    return cost.foretell(device, needed, tokens, flops, arithmetic, _EFFICIENCY, download, ADVICE)


def copy_precision(source: Path, wanted: str) -> str:
    """The precision in which a GGUF file is kept once it is converted: the one it will be computed in here.

    Raises:
        InputError: the file is refused.
    """
    if wanted != "auto":
        return wanted
    if _likely(source, "float32") is not None:
        return "float32"
    return choose_precision(wanted, best_device(), read_header(source).parameters)


def _copy(source: Path, wanted: str) -> Path | None:
    return _likely(source, copy_precision(source, wanted))


def _likely(source: Path, precision: str) -> Path | None:
    try:
        return likely_copy(source, precision)
    except OSError as error:
        raise InputError(f"{source.name} cannot be read: {error.strerror or error}") from None


def _forecast_unconverted(source: Path, wanted: str, device: str, tokens: int | None) -> Forecast:
    """Of a GGUF file that was not converted yet, from its header."""
    header = read_header(source)
    precision = copy_precision(source, wanted)
    figures = TextFigures(
        header.parameters,
        header.parameters - header.embedded,
        header.number("block_count"),
        header.number("embedding_length"),
    )
    needed = needed_bytes(figures, precision, device)
    flops = None if tokens is None else figures.flops(tokens)
    arithmetic = "float32" if device == "cpu" else precision
    told = cost.foretell(device, needed, tokens, flops, arithmetic, _EFFICIENCY, 0, ADVICE)
    return replace(told, preparation=what_it_takes(source, header, precision))


def precision_notes(asked: str, precision: str, device: str) -> tuple[str, ...]:
    """A sentence where "auto" lowered the precision to make a model fit."""
    if asked != "auto" or device != "cpu" or precision == "float32":
        return ()
    return ("the model's weights are rounded to bfloat16: in float32 they would not fit into the free memory",)


def _remote(name: str) -> tuple[Path, int]:
    """Folder of a model's config, fetched from the hub, and the bytes that its other files would take."""
    from huggingface_hub import HfApi, hf_hub_download

    try:
        with quiet():
            allowed = deployment.current().hub_options
            info = HfApi(**allowed).model_info(name, files_metadata=True, timeout=_HUB_SECONDS)
            config = Path(hf_hub_download(name, "config.json", etag_timeout=_HUB_SECONDS, **allowed))
    except Exception as error:  # the hub's, the HTTP client's and the file system's errors have no common base
        raise ModelError(
            f"{name} is not on this machine and huggingface.co could not be asked about it; "
            "connect to it, or give a local folder that holds the model"
        ) from error
    return config.parent, download_bytes([(file.rfilename, file.size or 0) for file in info.siblings or []])


def download_bytes(files: list[tuple[str, int]]) -> int:
    """Bytes of the files that would be fetched (see `models.folders.WANTED_FILES`), of (name, size) pairs."""
    endings = tuple(pattern.removeprefix("*") for pattern in WANTED_FILES)
    return sum(
        size
        for name, size in files
        if "/" not in name and not name.startswith("consolidated") and name.endswith(endings)
    )
