"""``python -m spex_core bench``: the paper's experiments over a data set, and questions with known truth for them."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from spex_core.bench.settings import EXPERIMENTS, RS, BenchSettings
from spex_core.bench.spreadsheet import SEPARATORS, TEXT_COLUMNS, Form
from spex_core.engine.design import MAX_ORDER
from spex_core.errors import InputError, check_whole
from spex_core.fourier.indices import INDICES
from spex_core.inputs.base import MAX_FEATURES
from spex_core.inputs.segmentation import UNITS
from spex_core.runs.interrupts import INTERRUPTED, TERMINATED, TerminatedError

if TYPE_CHECKING:
    import threading

_MOST_SEEDS = 100
_MOST_QUESTIONS = 10_000

Listed: TypeAlias = Callable[[argparse.ArgumentParser], None]
Interruptible: TypeAlias = Callable[[], AbstractContextManager["threading.Event"]]


def add_bench(commands: Any, kind: type[argparse.ArgumentParser], model_options: Listed) -> None:
    """Add the command to those of the command line.

    Args:
        commands: what `add_subparsers` returned.
        kind: class of the parsers.
        model_options: adds the options of all models to a parser.
    """
    bench = commands.add_parser("bench", help="the paper's experiments over a data set")
    experiments = bench.add_subparsers(dest="experiment", required=True, parser_class=kind)
    for name, what in EXPERIMENTS.items():
        parser = experiments.add_parser(name, help=what, description=what)
        _add_experiment(parser, name)
        model_options(parser)
    what = "write synthetic questions whose answer and needed sentences are known"
    parser = experiments.add_parser("questions", help=what, description=what)
    parser.add_argument("--kind", required=True, help="two-hop (in HotpotQA's form) or counting (in DROP's form)")
    parser.add_argument("--count", type=int, default=20, help="how many, default 20")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write; - writes to standard output")


def run_command(options: argparse.Namespace, interruptible: Interruptible) -> int:
    """Run what was asked; returns the exit status.

    Args:
        options: as parsed.
        interruptible: a block in which Ctrl+C sets an event.

    Raises:
        SpexError: see `spex_core.bench.run.run_bench`.
    """
    if options.experiment == "questions":
        _write_questions(options.kind, options.count, options.seed, options.out)
        return 0
    settings = settings_of(options)
    from spex_core.bench.plots import write_plots
    from spex_core.bench.run import run_bench
    from spex_core.bench.tables import summarise, write_tables

    try:
        with interruptible() as stop:
            result = run_bench(settings, stop.is_set)
            cells = summarise(settings.experiment, result.lines)
            examples = len({line["example"] for line in result.lines})
            files = write_tables(result.settings, cells, result.notes, examples)
            pictures, remark = write_plots(result.settings, cells)
    except (KeyboardInterrupt, TerminatedError) as stopped:
        print("stopped; what is done is kept, run the same command again to go on", file=sys.stderr)
        return TERMINATED if isinstance(stopped, TerminatedError) else INTERRUPTED
    print((settings.out / "table.md").read_text(encoding="utf-8"), end="")
    for line in (remark, f"written: {', '.join(str(path) for path in [*files, *pictures])}"):
        if line:
            print(line, file=sys.stderr)
    if result.complete:
        return 0
    print("stopped; what is done is kept, run the same command again to go on", file=sys.stderr)
    return INTERRUPTED


def settings_of(options: argparse.Namespace) -> BenchSettings:
    """The settings that a parsed command line asks for.

    Raises:
        InputError: a list is empty or a number breaks its rule.
    """
    seeds = _numbers("--seeds", options.seeds, 0) if options.seeds else (options.seed,)
    if len(seeds) > _MOST_SEEDS or min(seeds) < 0:
        raise InputError(f"--seeds: give 1 to {_MOST_SEEDS} whole numbers from 0 on")
    check_whole("max_order", options.max_order, 1, MAX_ORDER)
    for flag, value in (("--count", options.count), ("--per-group", options.per_group)):
        if value is not None and value < 1:
            raise InputError(f"{flag} {value}: give 1 or more")
    return BenchSettings(
        experiment=options.experiment,
        data=options.dataset,
        out=options.out,
        model=options.model,
        options={
            key.removeprefix("option_"): value
            for key, value in vars(options).items()
            if key.startswith("option_") and value is not None
        },
        methods=_names("--methods", options.methods) if options.methods else (),
        budgets=_numbers("--budgets", options.budgets, 3),
        unit=options.unit,
        masking=options.masking,
        max_order=options.max_order,
        seeds=seeds,
        count=options.count,
        per_group=options.per_group,
        lengths=_range(options.lengths),
        rs=_numbers("--rs", options.rs, 1) if getattr(options, "rs", None) else RS,
        index=getattr(options, "index", "Fourier"),
        passes=options.passes,
        own_passes=options.own_passes,
        form=Form(options.encoding, options.separator, options.text_column, not options.no_header),
        own_answer=options.own_answer,
    )


def _add_experiment(parser: argparse.ArgumentParser, name: str) -> None:
    several: dict[str, Any] = {"nargs": "+", "metavar": "A,B"}
    parser.add_argument(
        "--dataset", type=Path, required=True, help="CSV of texts, or questions in HotpotQA's or DROP's JSON"
    )
    parser.add_argument(
        "--text-column",
        default="",
        help=f"of a CSV: the column of texts, by name or number; default {', '.join(TEXT_COLUMNS)}",
    )
    parser.add_argument(
        "--separator", default="", help=f"of a CSV: {', '.join(SEPARATORS)} or a character; default what it shows"
    )
    parser.add_argument("--encoding", default="", help="of the file, such as cp1252; default what its bytes show")
    parser.add_argument("--no-header", action="store_true", help="of a CSV: its first line is a row")
    parser.add_argument("--model", required=True, help="one of the models that `models` lists")
    parser.add_argument("--methods", **several, help="which methods, default all that there are")
    parser.add_argument("--budgets", default=["1000"], **several, help="masked passes per run, default 1000")
    parser.add_argument("--out", type=Path, required=True, help="folder of passes, results, tables and pictures")
    parser.add_argument(
        "--unit", choices=UNITS, default="", help="what a feature is; default word, of HotpotQA sentence"
    )
    parser.add_argument("--passes", type=Path, help="folder of the passes, which experiments may share; default in OUT")
    parser.add_argument("--masking", default="", help="how a hidden feature is replaced, default the model's first")
    parser.add_argument("--max-order", type=int, default=5, help=f"largest interaction order, 1 to {MAX_ORDER}")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=int, default=0)
    seeds.add_argument("--seeds", **several, help="several seeds, a run each, such as 0,1,2")
    parser.add_argument("--count", type=int, help="most examples, the first of the file; default all")
    parser.add_argument("--per-group", type=int, help="most examples of a length group (8-15, 16-31, 32-63, ...)")
    parser.add_argument("--lengths", default=f"2-{MAX_FEATURES}", help="fewest and most features, such as 8-127")
    parser.add_argument(
        "--own-answer", action="store_true", help="score the model's own answer to a question, not the data set's"
    )
    parser.add_argument(
        "--own-passes",
        action="store_true",
        help="methods that would choose masks of their own do so, as in the paper; costs further passes",
    )
    if name != "faithfulness":
        what = "features removed" if name == "removal" else "top interactions"
        parser.add_argument("--rs", **several, help=f"numbers of {what}, default {','.join(map(str, RS))}")
    if name == "recovery":
        names = [index.name for index in INDICES]
        parser.add_argument("--index", choices=names, default="Fourier", help="which interactions are ranked")


def _names(flag: str, words: list[str]) -> tuple[str, ...]:
    """Words separated by commas, spaces or both, each once."""
    found = tuple(dict.fromkeys(part for word in words for part in re.split(r"[,\s]+", word) if part))
    if not found:
        raise InputError(f"{flag}: give one or more, separated by commas or spaces")
    return found


def _numbers(flag: str, words: list[str], least: int) -> tuple[int, ...]:
    names = _names(flag, words)
    try:
        numbers = tuple(dict.fromkeys(int(name) for name in names))
    except ValueError:
        raise InputError(f"{flag} {' '.join(words)}: give whole numbers, separated by commas or spaces") from None
    if min(numbers) < least:
        raise InputError(f"{flag} {min(numbers)}: give {least} or more")
    return numbers


def _range(text: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    if not (dash and low.strip().isdecimal() and high.strip().isdecimal() and 1 <= int(low) <= int(high)):
        raise InputError(f"--lengths {text}: give fewest and most features, such as 8-127")
    return int(low), int(high)


def _write_questions(kind: str, count: int, seed: int, out: Path) -> None:
    from spex_core.toys.reading import world

    if count > _MOST_QUESTIONS:
        raise InputError(f"--count {count}: give {_MOST_QUESTIONS:,} or fewer")
    drawn = world.questions(kind, count, seed)
    document = world.to_drop(drawn) if kind == "counting" else world.to_hotpotqa(drawn)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if str(out) == "-":
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}") from None
    form = "DROP" if kind == "counting" else "HotpotQA"
    print(f"{len(drawn)} questions in {form}'s form: {out}", file=sys.stderr)
