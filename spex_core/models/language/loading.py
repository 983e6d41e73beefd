"""Loading a text model of Hugging Face, or sharing the copy that is loaded already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from spex_core.errors import InputError
from spex_core.models.base import Option
from spex_core.models.device import best_device, check_memory, check_precision
from spex_core.models.folder_files import read_json
from spex_core.models.folders import check_folder, fetch_folder, load_part, load_weights
from spex_core.models.from_folder import Loaded, Origin
from spex_core.models.gguf.conversion import converted, gguf_file
from spex_core.models.language.cost import (
    ADVICE,
    copy_precision,
    measure,
    needed_bytes,
    precision_here,
    shared_key,
)
from spex_core.models.language.kinds import KINDS, check_kind
from spex_core.models.language.vocabulary import check_files, check_vocabulary
from spex_core.models.shared import shared
from spex_core.models.whole_import import whole

T = TypeVar("T", bound=Loaded)


def model_option(default: str) -> Option:
    """Where the weights are; which ones they are, the fingerprint says."""
    text = "Hugging Face id, a folder with safetensors weights, or a GGUF file"
    return Option("model", "Model", default=default, help=text, scored=False)


def load_shared(model: str, kind: str, precision: str, build: Callable[[Any, Any, str, str, str], T]) -> T:
    """The process's one copy of a model.

    Args:
        model: a folder; a GGUF file, which is converted if it was not before; or a Hugging Face id, which is
            downloaded if it is not on this machine.
        kind: one of `cost.KINDS`.
        precision: see `models.device.choose_precision`.
        build: called with the loaded network, its tokenizer, the model's name, its precision and its device.

    Raises:
        InputError: no such model, one that is refused (`models.folders.check_folder`, `kinds.check_kind`), or one that
            does not fit.
        ModelError: it could not be downloaded or loaded.
    """
    wanted = check_precision(precision)
    source = gguf_file(model)
    if source is not None and kind != "causal-lm":
        raise InputError(f"{source.name} is a GGUF file, which holds no {kind} that is read here; give a folder")
    if source is None:
        folder = fetch_folder(model)
    else:
        folder = converted(source, copy_precision(source, wanted))
        check_folder(folder, _short(model))
    check_kind(read_json(folder / "config.json"), kind, _short(model))
    check_files(folder, _short(model))
    device = best_device()
    figures = measure(folder, kind)
    origin = Origin(folder, source)
    chosen = precision_here(folder, kind, wanted, device, figures)

    def load() -> T:
        transformers = whole("transformers")
        tokenizer = load_part(transformers.AutoTokenizer.from_pretrained, folder, model)
        check_vocabulary(tokenizer, _short(model))
        loader = getattr(transformers, KINDS[kind]).from_pretrained
        return build(load_weights(loader, folder, model, chosen, device), tokenizer, _short(model), chosen, device)

    def check_room() -> None:
        check_memory(needed_bytes(figures, chosen, device), device, ADVICE)

    return shared.get(shared_key(folder, kind, chosen, device), check_room, lambda: origin.load(_short(model), load))


def _short(model: str) -> str:
    """A folder's own name, an id as it is: messages show no paths."""
    path = Path(model).expanduser()
    return path.resolve().name if path.exists() else model
