"""Finding and loading Hugging Face models: weights as safetensors only, none of their own code, quietly.

A model is named by a folder on this machine or by an id such as "Qwen/Qwen2.5-0.5B-Instruct". An id is looked up in the
Hugging Face cache first and downloaded only if it is not there; what is loaded is always a folder.
"""

from __future__ import annotations

import errno
import hashlib
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from spex_core import deployment
from spex_core.errors import InputError, ModelError, words_of
from spex_core.models.bfloat16 import widen_arithmetic
from spex_core.models.folder_files import INDEX, check_size, read_json, read_settings, shards, weight_files
from spex_core.models.whole_import import whole

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
WANTED_FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
_SETTINGS = ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json")
UNWANTED_FILES = ("*/*", "consolidated*")  # other formats' folders, and Mistral's second copy of its weights


def check_name(model: str) -> str:
    """`model` without surrounding blanks.

    Raises:
        InputError: neither an existing folder nor something that could be an id.
    """
    name = str(model or "").strip()
    if not name:
        raise InputError("model is empty; give a Hugging Face id such as Qwen/Qwen2.5-0.5B-Instruct, or a folder")
    if _folder(name) is None and not _ID.fullmatch(name):
        raise InputError(
            f"model={name!r} is neither a folder on this machine nor a Hugging Face id (owner/name)"
            + ("" if deployment.current().folders is None else "; which folders may be named is said by SPEX_FOLDERS")
        )
    return name


def _folder(name: str) -> Path | None:
    """The folder of that name; None where there is none, or it may not be named: which of the two is not told."""
    folder = Path(name).expanduser()
    return folder if deployment.current().may_name(folder) and folder.is_dir() else None


def find_folder(model: str) -> Path | None:
    """The folder that holds `model` on this machine; None where it would have to be downloaded.

    Raises:
        InputError: see `check_name`.
    """
    name = check_name(model)
    if (given := _folder(name)) is not None:
        return given
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
    return folder if _is_whole(folder) else None


def fetch_folder(model: str) -> Path:
    """The folder that holds `model`, downloaded if it is not here yet, and checked by `check_folder`.

    Raises:
        InputError: not a folder or an id, no such model, or a folder that is refused.
        ModelError: it is not on this machine and could not be downloaded.
    """
    folder = find_folder(model) or _download(check_name(model))
    check_folder(folder, model)
    return folder


def check_folder(folder: Path, model: str) -> None:
    """Refuse a folder whose model could only be loaded by running what it brings along.

    Raises:
        InputError: no readable config, code of its own, weights that are not safetensors, or not all of them.
    """
    config = read_json(folder / "config.json")
    if not config:
        raise InputError(f"{model} has no readable config.json; give the folder that save_pretrained wrote")
    check_size(config, model)
    check_code(folder, model)
    names = shards(folder)
    if names is None:
        raise InputError(f"{model} has an index ({INDEX}) that does not say which of its files holds which weight")
    lacking = sorted(name for name in names if not (folder / name).is_file())
    if lacking and (folder / INDEX).is_file():
        raise InputError(
            f"{model} is not whole: {len(lacking)} of its {len(names)} files of weights are missing, "
            f"{lacking[0]} first; copy or download them again"
        )
    if not weight_files(folder):
        raise InputError(f"{model} has no safetensors weights; save it with save_pretrained (pickles are never read)")


def check_code(folder: Path, model: str) -> None:
    """Refuse a folder that asks for code of its own: every loader's one guard, beside `trust_remote_code=False`.

    A network that transformers has itself is built by its class, and the code that its config names, for older versions
    of the library, is passed over. What a tokenizer or processor names can't be known to be needless.

    Raises:
        InputError: names the file that asks.
    """
    for name in _SETTINGS:
        settings = read_settings(folder / name)
        if settings is None:
            raise InputError(f"{model} has no readable {name}")
        if "auto_map" in settings and not (name == "config.json" and _is_built_in(settings)):
            raise InputError(f"{model} brings code of its own ({name}: auto_map), which is never run here")


@contextmanager
def quiet() -> Iterator[None]:
    """transformers and huggingface_hub without progress bars, advice and warnings (the settings are the process's)."""
    from huggingface_hub import utils as hub_utils

    hub: Any = hub_utils  # neither module says what types it deals in
    logging = whole("transformers").utils.logging
    with _quieting:
        level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        hub_bars = not hub.are_progress_bars_disabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        hub.disable_progress_bars()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            logging.set_verbosity(level)
            if bars:
                logging.enable_progress_bar()
            if hub_bars:
                hub.enable_progress_bars()


_quieting = threading.RLock()


def load_part(loader: Callable[..., T], folder: Path, model: str, **arguments: Any) -> T:
    """Call a `from_pretrained` on a checked folder: no code of the model's own, no network, no chatter.

    Args:
        loader: for example `AutoTokenizer.from_pretrained`.
        folder: see `fetch_folder`.
        model: its name, for messages.
        arguments: for the loader.

    Raises:
        ModelError: it could not be loaded; one line, the cause is kept.
    """
    try:
        with quiet():
            return loader(str(folder), trust_remote_code=False, local_files_only=True, **arguments)
    except Exception as error:  # loaders raise whatever the files make them raise
        raise ModelError(f"{model} could not be loaded: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """An error's text on one line, its first 300 characters; its kind where it has none."""
    text = " ".join(words_of(error).split())
    return text[:300] if text else type(error).__name__


def folder_tokenizer(folder: Path, model: str) -> Any:
    """The tokenizer of a checked folder, for counting tokens before the model is loaded.

    Raises:
        ModelError: it could not be loaded.
    """
    return _tokenizer(folder, model, folder_state(folder))


@lru_cache(maxsize=4)
def _tokenizer(folder: Path, model: str, _state: FolderState) -> Any:
    return load_part(whole("transformers").AutoTokenizer.from_pretrained, folder, model)


def load_weights(loader: Callable[..., Any], folder: Path, model: str, precision: str, device: str) -> Any:
    """Load a model's weights, every one of them from its files, ready to run.

    Args:
        loader: for example `AutoModelForCausalLM.from_pretrained`.
        folder: see `fetch_folder`.
        model: its name, for messages.
        precision: "float32" or "bfloat16"; on a CPU the latter is how weights are stored (see `bfloat16`).
        device: "cuda", "mps" or "cpu".

    Raises:
        InputError: the files hold another kind of model, so that some weights would be random.
        ModelError: it could not be loaded.
    """
    import torch

    network, report = load_part(
        loader, folder, model, dtype=getattr(torch, precision), use_safetensors=True, output_loading_info=True
    )
    lacking = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if lacking:
        raise InputError(f"{model} is not a model of this kind: {lacking[0]} and {len(lacking) - 1} more are not in it")
    if device == "cpu" and precision == "bfloat16":
        widen_arithmetic(network)
    try:
        return network.to(device).eval()
    except RuntimeError as error:  # out of memory
        raise ModelError(f"{model} does not fit into the memory of {device}: {one_line(error)}") from error


def _is_whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and bool(weight_files(folder))


def _is_built_in(config: dict[str, Any]) -> bool:
    """Whether transformers has this kind of model itself, so that the folder's own code is not needed."""
    from transformers.models.auto import configuration_auto

    return str(config.get("model_type")) in vars(configuration_auto)["CONFIG_MAPPING_NAMES"]


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        with quiet():
            return Path(
                snapshot_download(
                    name,
                    allow_patterns=list(WANTED_FILES),
                    ignore_patterns=list(UNWANTED_FILES),
                    **deployment.current().hub_options,
                )
            )
    except GatedRepoError as error:
        raise InputError(
            f"{name} needs its licence accepted on huggingface.co and a token in HF_TOKEN; or give a local folder"
        ) from error
    except RepositoryNotFoundError as error:
        raise InputError(f"{name} does not exist on huggingface.co, or is private (set HF_TOKEN)") from error
    except Exception as error:  # the hub's, the HTTP client's and the file system's errors have no common base
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise ModelError(f"{name} could not be downloaded: the disk is full") from error
        raise ModelError(
            f"{name} is not on this machine and could not be downloaded; "
            "connect to huggingface.co, or give a local folder that holds the model"
        ) from error


_COMMIT = re.compile(r"[0-9a-f]{40}")


def folder_fingerprint(folder: Path) -> str:
    """Of a checked model folder: the commit of the Hugging Face cache where it lies there, else a digest of every file
    that `transformers` may read from it (config, tokenizer, weights), names included.

    Raises:
        OSError: a file cannot be read.
    """
    folder = Path(folder)
    if _is_snapshot(folder):
        return f"commit {folder.name}"
    state = folder_state(folder)
    whole = hashlib.sha256()
    for path in _read_files(folder):
        whole.update(f"{path.name}\0{file_digest(path)}\n".encode())
    found = _told[(folder.resolve(), state)] = f"files {whole.hexdigest()}"
    return found


FolderState = tuple[tuple[str, int, int, int], ...]
_told: dict[tuple[Path, FolderState], str] = {}


def folder_state(folder: Path) -> FolderState:
    """Name, size and times of change of every file that the fingerprint is made of: cheap, and other if any is."""
    found = ((path.name, path.stat()) for path in _read_files(Path(folder)))
    return tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in found)


def told_fingerprint(folder: Path) -> str:
    """`folder_fingerprint` where it was computed before and nothing has changed since, else ""; reads no file."""
    folder = Path(folder)
    if _is_snapshot(folder):
        return folder_fingerprint(folder)
    return _told.get((folder.resolve(), folder_state(folder)), "")


def _read_files(folder: Path) -> list[Path]:
    return sorted({path for pattern in WANTED_FILES for path in folder.glob(pattern) if path.is_file()})


def _is_snapshot(folder: Path) -> bool:
    return folder.parent.name == "snapshots" and bool(_COMMIT.fullmatch(folder.name))


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, computed once per size and time of change, however large it is.

    Raises:
        OSError: it cannot be read.
    """
    real = path.resolve()
    state = real.stat()
    return _digest(real, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


@lru_cache(maxsize=1024)
def _digest(path: Path, size: int, modified: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
