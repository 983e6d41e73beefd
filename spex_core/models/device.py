"""What this machine offers a model: device, precision, free memory, speed."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from spex_core.errors import InputError, closest
from spex_core.memory import available_bytes, gigabytes

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "float32", "bfloat16")
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_PROBE_SECONDS = 0.15


@lru_cache(maxsize=1)
def best_device() -> str:
    """ "cuda", "mps" or "cpu"; of several GPUs torch's current one."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def free_bytes(device: str) -> int | None:
    """Memory free on `device`; None where the machine does not tell."""
    if device == "cpu":
        return available_bytes()
    import torch

    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())


def memory_problem(needed: int, free: int | None, device: str, advice: str) -> str:
    """One sentence where the memory does not suffice, else "".

    Args:
        needed, free: bytes; a machine that does not tell what is free is never refused.
        device: see `best_device`.
        advice: what to do instead, behind a semicolon.
    """
    if free is None or needed <= free:
        return ""
    where = "this machine" if device == "cpu" else device
    return f"the model needs about {gigabytes(needed)} and {gigabytes(free)} are free on {where}; {advice}"


def check_memory(needed: int, device: str, advice: str) -> None:
    """Refuse a model that does not fit; arguments as `memory_problem`.

    Raises:
        InputError: says what it needs and what there is.
    """
    problem = memory_problem(needed, free_bytes(device), device, advice)
    if problem:
        raise InputError(problem)


def check_precision(precision: str) -> str:
    """The precision asked for, "auto" where none is.

    Raises:
        InputError: unknown.
    """
    wanted = (precision or "auto").strip()
    if wanted not in PRECISIONS:
        raise InputError(f"precision={wanted!r} does not exist; {closest(wanted, PRECISIONS)}")
    return wanted


def choose_precision(wanted: str, device: str, parameters: float) -> str:
    """The precision to compute in.

    Args:
        wanted: one of `PRECISIONS`. "auto" is bfloat16 on a GPU that has it; elsewhere float32, or bfloat16 where only
            that fits into the free memory.
        device: see `best_device`.
        parameters: of the model.
    """
    import torch

    if wanted != "auto":
        return wanted
    if device == "mps" or (device == "cuda" and torch.cuda.is_bf16_supported()):
        return "bfloat16"
    free = free_bytes(device)
    return "bfloat16" if free is not None and parameters * BYTES["float32"] * 1.2 > free else "float32"


@lru_cache(maxsize=8)
def flops_per_second(device: str, precision: str) -> float:
    """Floating-point operations per second of large matrix products, measured once: on a CPU with all its threads."""
    import torch

    size = 4096 if device == "cuda" else 768
    kind: torch.dtype = getattr(torch, precision)
    left = torch.ones(size, size, dtype=kind, device=device)
    with torch.inference_mode():
        left @ left
        _wait(device)
        done, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < _PROBE_SECONDS:
            left @ left
            _wait(device)
            done += 1
    return 2.0 * size**3 * done / elapsed


def _wait(device: str) -> None:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()
