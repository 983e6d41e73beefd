"""A GGUF file as a folder that every loader of this project reads: converted once by transformers, then kept."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from spex_core import deployment
from spex_core.errors import InputError, ModelError, SpexError
from spex_core.memory import gigabytes
from spex_core.models.device import BYTES, check_memory
from spex_core.models.folders import file_digest, load_part, one_line, quiet
from spex_core.models.gguf.cache import aside, converted_root, is_whole, key_of, lock_of, seal
from spex_core.models.gguf.header import Header, read_header
from spex_core.models.whole_import import whole

# Measured on SmolLM2's file, one core of a server: transformers reads a vocabulary three times.
_SECONDS_PER_ITEM, _SECONDS_PER_WEIGHT = 1.6e-4, 2e-8
_RUNTIME = 600_000_000  # bytes that the libraries take
_BESIDE = 64_000_000  # bytes of a copy that are not weights, at most
_LINK = "model.gguf"
_NO_ARCHITECTURES = ("general", "tokenizer")  # keys of the table that are parts of a file
_NOT_CAUSAL = ("t5", "umt5")
ADVICE = "free some, or name another folder in SPEX_EXPLORER_CACHE"

Told = Callable[[str], None]
"""Called with a line about what is done now."""


def gguf_file(model: str) -> Path | None:
    """The GGUF file that `model` names, None where it names none.

    Raises:
        InputError: it names a file that is not there.
    """
    path = Path(str(model or "").strip()).expanduser()
    if path.suffix.lower() != ".gguf" or path.is_dir():
        return None
    if not (deployment.current().may_name(path) and path.is_file()):
        raise InputError(f"the file {path.name} does not exist here; give the path of a .gguf file")
    return path


def copy_bytes(header: Header, precision: str) -> int:
    """Bytes that the copy of a file takes on the disk, about."""
    return header.parameters * BYTES[precision]


def seconds(header: Header) -> float:
    """How long converting a file takes, about."""
    return _SECONDS_PER_ITEM * header.items + _SECONDS_PER_WEIGHT * header.parameters


def what_it_takes(source: Path, header: Header, precision: str) -> str:
    """A sentence for whoever is about to have a file converted: sizes, time, and where the copy is kept."""
    return (
        f"{source.name} ({disk_size(header.file_bytes)}) is converted once before its first use, in about "
        f"{max(1, round(seconds(header))):,} s; the copy ({disk_size(copy_bytes(header, precision))}) is kept in "
        f"{converted_root()}"
    )


def converted(source: Path, precision: str = "float32", told: Told | None = None) -> Path:
    """The folder of a file's copy, made where there is none, or none that is whole.

    Processes that want the same copy make it once: the others wait.

    Args:
        source: see `gguf_file`.
        precision: of the copy's weights, "float32" or "bfloat16".
        told: hears of each step.

    Raises:
        InputError: the file is refused (`header.read_header`), of no kind that transformers converts, or too large for
            the memory.
        ModelError: the disk is full or refuses, or the file's content could not be read.
    """
    try:
        key = key_of(source, file_digest(source), precision)
        folder = converted_root() / key
        if is_whole(folder):
            return folder
        converted_root().mkdir(parents=True, exist_ok=True)
        with lock_of(key):
            if not is_whole(folder):
                _make(source, folder, precision, told or _silent)
        return folder
    except SpexError:
        raise
    except OSError as error:
        raise ModelError(_refused(source, error)) from error


def _make(source: Path, folder: Path, precision: str, told: Told) -> None:
    header = read_header(source)
    _check_kind(source, header)
    needed = copy_bytes(header, precision)
    check_memory(2 * needed + _RUNTIME, "cpu", "convert it on a larger machine, or use a smaller model")
    if shutil.disk_usage(converted_root()).free < needed + _BESIDE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    told(what_it_takes(source, header, precision))
    making = aside(folder.name)
    shutil.rmtree(making, ignore_errors=True)  # of a process that was killed
    making.mkdir()
    try:
        _convert(source, making, precision, told)
        told("checking it")
        seal(making, source, file_digest(source))
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _convert(source: Path, making: Path, precision: str, told: Told) -> None:
    """Write what transformers makes of a file: config, tokenizer, weights."""
    import torch

    transformers = whole("transformers")
    given, name = _alone(source, making)
    part = {"gguf_file": name}
    told("reading the vocabulary")
    tokenizer = load_part(transformers.AutoTokenizer.from_pretrained, given, source.name, **part)
    told("reading the weights")
    with _counted(told):
        network, report = load_part(
            transformers.AutoModelForCausalLM.from_pretrained,
            given,
            source.name,
            dtype=getattr(torch, precision),
            output_loading_info=True,
            **part,
        )
    lacking = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if lacking:
        raise InputError(
            f"{source.name} is not whole: it lacks {len(lacking)} of the model's weights, {lacking[0]} first"
        )
    if given == making:
        (making / name).unlink()
    told("writing the copy")
    network.hf_quantizer = None  # it is none any more, and would not be saved
    if hasattr(network.config, "quantization_config"):
        del network.config.quantization_config
    try:
        with quiet():
            network.save_pretrained(making)
            tokenizer.save_pretrained(making)
    except OSError:
        raise
    except Exception as error:  # safetensors wraps the system's error into a text
        if "os error" in str(error):
            full = f"os error {errno.ENOSPC})" in str(error)
            raise OSError(errno.ENOSPC if full else errno.EIO, one_line(error)) from error
        raise ModelError(f"{source.name} could not be converted: {one_line(error)}") from error


@contextmanager
def _counted(told: Told) -> Iterator[None]:
    """While transformers goes through the tensors: tell how far it is, in place of the bar that nothing else stops."""
    module: Any = import_module("transformers.modeling_gguf_pytorch_utils")
    bar = module.tqdm

    def count(tensors: Sequence[Any], **_: Any) -> Iterator[Any]:
        every = -(-len(tensors) // 4)
        for done, tensor in enumerate(tensors, 1):
            yield tensor
            if done % every == 0 or done == len(tensors):
                told(f"{done} of {len(tensors)} tensors")

    module.tqdm = count
    try:
        yield
    finally:
        module.tqdm = bar


def _alone(source: Path, making: Path) -> tuple[Path, str]:
    """(folder, name) of the file where nothing lies beside it that a loader would read too."""
    try:
        (making / _LINK).symlink_to(source.resolve())
    except OSError:  # a system on which not everybody may make links
        return source.parent, source.name
    return making, _LINK


def _check_kind(source: Path, header: Header) -> None:
    """Refuse what transformers does not convert, and what is no language model."""
    from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

    known = {_plain(name) for name in GGUF_CONFIG_MAPPING if name not in _NO_ARCHITECTURES}
    if _plain(header.architecture) not in known:
        raise InputError(
            f"{source.name} is of the architecture {header.architecture[:40]!r}, which the installed transformers does "
            "not convert; give a folder of safetensors weights"
        )
    if _plain(header.architecture) in _NOT_CAUSAL:
        raise InputError(f"{source.name} is no causal language model ({header.architecture}); give one such as Llama")


def _plain(architecture: str) -> str:
    """Without what llama.cpp and transformers put differently into a name."""
    return architecture.replace("_", "").replace("-", "")


def disk_size(count: int) -> str:
    """Bytes on a disk in words: "98 MB", "3.2 GB"."""
    return gigabytes(count) if count >= 1e9 else f"{round(count / 1e6):,} MB"


def _refused(source: Path, error: OSError) -> str:
    where = converted_root()
    if error.errno == errno.ENOSPC:
        return f"{source.name} could not be converted: the disk of {where} is full; {ADVICE}"
    return f"{source.name} could not be converted in {where}: {error.strerror or error}; {ADVICE}"


def _silent(_: str) -> None:
    pass
