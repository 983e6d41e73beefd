"""How many cores this process may use, and who may use them: BLAS held to one thread, torch in a pool of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

MAX_WORKERS = 16


def physical_cores(cpuinfo: Path = Path("/proc/cpuinfo"), quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores open to this process, at least 1: its CPU affinity, hyper-threads counted once, the container's quota."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    cores = len(allowed)
    try:
        blocks = [dict(_fields(block)) for block in cpuinfo.read_text().strip().split("\n\n")]
        mine = {(b["physical id"], b["core id"]) for b in blocks if int(b["processor"]) in allowed}
        cores = min(cores, len(mine) or cores)
    except (OSError, KeyError, ValueError):
        pass  # not Linux on x86: threads per core are not told, the logical count stands
    try:
        limit, period = quota.read_text().split()
        cores = min(cores, max(1, int(limit) // int(period)))
    except (OSError, ValueError):
        pass  # no quota ("max"), or no such file
    return max(1, cores)


def _fields(block: str) -> list[tuple[str, str]]:
    return [(key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in block.splitlines())]


class _BlasHold:
    """How many callers hold BLAS to one thread, and how to give it back; the setting is the process's."""

    lock = Lock()
    holders = 0
    limits: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold NumPy's and SciPy's BLAS to one thread; nested and concurrent use is counted.

    The fits multiply small matrices many times, where BLAS threads spend their time waiting for each other:
    on two busy cores that made fits tens of times slower.
    """
    import numpy.linalg  # noqa: F401  # the controller sees only libraries that are loaded
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with _BlasHold.lock:
        if _BlasHold.holders == 0:
            _BlasHold.limits = threadpool_limits(limits=1, user_api="blas")
        _BlasHold.holders += 1
    try:
        yield
    finally:
        with _BlasHold.lock:
            _BlasHold.holders -= 1
            if _BlasHold.holders == 0:
                _BlasHold.limits.restore_original_limits()


@lru_cache(maxsize=1)
def count_torch_workers() -> int:
    """How many `torch_workers` there are: the cores, up to `MAX_WORKERS`, and OMP_NUM_THREADS where that is less."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(physical_cores(), MAX_WORKERS, int(wanted) if wanted.isdigit() and int(wanted) else MAX_WORKERS)


@lru_cache(maxsize=1)
def torch_workers() -> ThreadPoolExecutor:
    """Threads that each run torch on one core.

    Independent batches on single-threaded workers beat one batch spread over the cores, stand other load on the
    machine (no thread waits for another inside an operation), and give the same bits on any number of cores.
    torch's own thread count is left as it was for everyone else.
    """
    import torch

    count = count_torch_workers()
    before = torch.get_num_threads()
    ready = Barrier(count + 1)

    def single() -> None:
        torch.get_num_threads()  # a thread's first use of torch overwrites its setting: have that behind us
        torch.set_num_threads(1)  # OpenMP's and MKL's settings are per thread
        ready.wait()

    pool = ThreadPoolExecutor(count, thread_name_prefix="torch")
    for _ in range(count):
        pool.submit(single)
    ready.wait()
    # ... but torch also remembers the last number for threads yet to be born.
    torch.set_num_threads(before)
    return pool


def has_bf16() -> bool:
    """Whether oneDNN finds bf16 instructions (AVX-512 BF16, AMX, Arm BF16) on this CPU."""
    import torch

    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False  # a torch built without oneDNN
