"""Fuzzing with fresh seeds: a process for each kind, one after the other, until the time is over.

    python -m tests.fuzz                    an hour; FUZZ_SECONDS or --seconds for another time
    python -m tests.fuzz --inputs 1000      so many of each kind instead
    python -m tests.fuzz FILE               what becomes of one input

Prints a line for each kind: inputs, how many were refused and accepted, seconds of the slowest, and the most memory
that the process held. What failed is made small and kept in `tests/fuzz/found`; the exit status is 1 then.

Not used is atheris, which steers by the branches that an input takes: most of the branches here are in compiled
libraries (NumPy, Pillow, zlib, tokenizers, torch), which it does not see, and it knows no structure of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz import found
from tests.fuzz.judge import Finding, Tally, judge
from tests.fuzz.kinds import KINDS, kind_of

_ROUND = 500
"""Inputs of one seed: Hypothesis draws the more alike the longer it goes on."""
_HEAD = f"{'kind':16}{'inputs':>8}{'refused':>9}{'accepted':>10}{'slowest s':>11}{'peak MB':>9}{'failed':>8}"


def main() -> int:
    """The table, or one input."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzzing with fresh seeds.")
    parser.add_argument("file", nargs="?", type=Path, help="one input, in a folder named after its kind")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FUZZ_SECONDS", 3600)))
    parser.add_argument("--inputs", type=int, help="of each kind, instead of a time")
    parser.add_argument("--only", choices=KINDS, action="append", help="these kinds")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="the first of the seeds")
    parser.add_argument("--child", choices=KINDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.file:
        judge(kind_of(asked.file.resolve().parent.name), asked.file.read_bytes(), Tally())
        return 0
    if asked.child:
        print(json.dumps(_fuzzed(asked.child, asked.seconds, asked.inputs, asked.seed)))
        return 0
    kinds, failed = asked.only or KINDS, 0
    print(f"first seed {asked.seed}\n{_HEAD}", flush=True)
    for name in kinds:
        arguments = ["--child", name, "--seed", str(asked.seed), "--seconds", str(asked.seconds / len(kinds))]
        arguments += ["--inputs", str(asked.inputs)] if asked.inputs else []
        ended = subprocess.run([sys.executable, "-m", "tests.fuzz", *arguments], stdout=subprocess.PIPE, check=False)
        if ended.returncode:
            print(f"{name:16}the process ended with {ended.returncode}", flush=True)
            failed += 1
            continue
        row = json.loads(ended.stdout.splitlines()[-1])
        failed += row["failed"]
        numbers = f"{row['inputs']:8,}{row['refused']:9,}{row['accepted']:10,}{row['slowest']:11.2f}{row['peak']:9,.0f}"
        print(f"{name:16}{numbers}{row['failed']:8}", flush=True)
    return 1 if failed else 0


def _fuzzed(name: str, seconds: float, inputs: int | None, first: int) -> dict[str, float]:
    """Rounds of one kind, until there are so many inputs, or the time is over."""
    kind, tally, failed = kind_of(name), Tally(), 0
    strategy, ends = kind.inputs(), time.monotonic() + seconds
    number = first
    while tally.inputs < inputs if inputs else time.monotonic() < ends:
        count = min(_ROUND, inputs - tally.inputs) if inputs else _ROUND
        failed += not _round(kind, strategy, tally, count, number, None if inputs else ends)
        number += 1
        if failed > 20:
            break
    return {
        "inputs": tally.inputs,
        "refused": tally.refused,
        "accepted": tally.accepted,
        "slowest": tally.slowest,
        "peak": tally.peak / 1e6,
        "failed": failed,
    }


def _round(kind, strategy, tally, count, number, ends) -> bool:
    """Whether the inputs of one seed were all handled; what failed is kept, made small."""
    last: list[bytes] = []

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy)
    def tried(data: bytes) -> None:
        if ends is not None and time.monotonic() > ends:
            return
        try:
            judge(kind, data, tally)
        except Finding:
            last[:] = [data]
            raise

    try:
        tried()
    except Finding as finding:
        print(f"seed {number}: {finding}; kept as {found.keep(kind, last[0])}", file=sys.stderr, flush=True)
        traceback.print_exception(finding.__cause__ or finding, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
