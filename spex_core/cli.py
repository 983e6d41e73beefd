"""The same engine from the shell: ``python -m spex_core models`` and ``python -m spex_core explain``.

Progress goes to stderr, results to stdout or to the file named by --json. Wrong use is one line on
stderr and exit status 2; a model that fails during a run is one line and exit status 1.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from spex_core import registry
from spex_core.engine import MAX_ORDER, Progress, explain_text
from spex_core.errors import InputError, SpexError
from spex_core.explanation import Explanation
from spex_core.protocols import Backend

_TOP = 10


class _OneLineParser(argparse.ArgumentParser):
    """Reports wrong use in one line."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "models":
            _models()
        else:
            _explain(options)
    except InputError as error:
        return _fail(str(error), 2)
    except SpexError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        return 1
    return 0


def _fail(message: str, status: int) -> int:
    print(f"spex_core: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="spex_core", description="Which features together made the model say that?")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_OneLineParser)
    commands.add_parser("models", help="list the models and their options")
    explain = commands.add_parser("explain", help="explain a model's output on one input")
    given = explain.add_mutually_exclusive_group(required=True)
    given.add_argument("--text-file", type=Path, help="UTF-8 text file; - reads standard input")
    given.add_argument("--text", help="the text itself")
    explain.add_argument("--model", required=True, help="one of the models that `models` lists")
    explain.add_argument("--unit", default="word", choices=["token", "word", "sentence", "paragraph"])
    explain.add_argument("--masking", help="how a hidden feature is replaced: unk or removal")
    explain.add_argument("--budget", type=int, default=2000, help="most masked passes, everything included")
    explain.add_argument("--estimator", default="auto", help=f"auto, {', '.join(registry.estimators())}")
    explain.add_argument("--max-order", type=int, default=5, help=f"largest interaction order, 1 to {MAX_ORDER}")
    explain.add_argument("--seed", type=int, default=0)
    explain.add_argument("--json", type=Path, help="write the explanation here; - writes to standard output")
    for name, text in sorted(_model_options().items()):
        explain.add_argument(f"--{name.replace('_', '-')}", dest=f"option_{name}", help=text)
    return parser


def _model_options() -> dict[str, str]:
    """Every non-secret option of every model: name -> help."""
    return {
        option.name: option.help or option.label
        for backend in registry.backends().values()
        for option in backend.options
        if not option.secret
    }


def _models() -> None:
    for name, backend in registry.backends().items():
        print(f"{name}\n    {backend.title}: {backend.summary}")
        print(f"    input: {backend.modality}; masking: {', '.join(backend.maskings)}")
        for option in backend.options:
            needed = "required" if option.required else f"default {option.default!r}"
            print(f"    --{option.name.replace('_', '-')}  {option.label} ({needed}). {option.help}".rstrip())


def _load(options: argparse.Namespace) -> Backend:
    given = {
        key.removeprefix("option_"): value
        for key, value in vars(options).items()
        if key.startswith("option_") and value is not None
    }
    return registry.load_backend(options.model, **given)


def _read(options: argparse.Namespace) -> str:
    if options.text is not None:
        return str(options.text)
    try:
        data = sys.stdin.buffer.read() if str(options.text_file) == "-" else options.text_file.read_bytes()
        return str(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{options.text_file} is not UTF-8 text: {error}") from None
    except OSError as error:
        raise InputError(f"cannot read {options.text_file}: {error.strerror or error}") from None


def _explain(options: argparse.Namespace) -> None:
    text = _read(options)
    if options.json is not None and str(options.json) != "-" and not options.json.parent.is_dir():
        raise InputError(f"--json {options.json}: the folder {options.json.parent} does not exist")
    backend = _load(options)
    with _Interruptible() as stop:
        explanation = explain_text(
            text,
            backend,
            unit=options.unit,
            budget=options.budget,
            estimator=options.estimator,
            max_order=options.max_order,
            seed=options.seed,
            on_progress=_report,
            should_stop=stop.is_set,
            masking=options.masking,
        )
    if str(options.json) == "-":
        sys.stdout.write(explanation.to_json())
        return
    if options.json is not None:
        try:
            options.json.write_text(explanation.to_json(), encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write {options.json}: {error.strerror or error}") from None
    _summary(explanation)


class _Interruptible:
    """Turns the first Ctrl+C into an early stop that keeps what is paid for."""

    def __enter__(self) -> threading.Event:
        self._event = threading.Event()
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._previous = signal.signal(signal.SIGINT, self._interrupt)
        return self._event

    def __exit__(self, *_: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._previous)

    def _interrupt(self, *_: object) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()
        print("\nstopping after this batch; press Ctrl+C again to quit at once", file=sys.stderr)


def _report(progress: Progress) -> None:
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    line = f"{progress.stage}: {progress.done}/{progress.total} passes, {progress.passes_per_second:.0f}/s{left}"
    end = "\n" if progress.stage == "done" else ""
    print(f"\r{line:<70}" if sys.stderr.isatty() else line, file=sys.stderr, end=end if sys.stderr.isatty() else "\n")


def _summary(explanation: Explanation) -> None:
    report = explanation.faithfulness_report
    where = f"on {report.n_test} unseen masks (90 % interval {report.low:.3f} to {report.high:.3f})"
    if explanation.covers_all_masks:
        where = f"on all {report.n_test} masks"
    print(
        f"{explanation.value_unit} {explanation.output_full:+.3f} with everything kept, "
        f"{explanation.output_empty:+.3f} with everything hidden"
    )
    print(f"R² {report.r2:.3f} {where}; {explanation.evaluations} passes, estimator {explanation.estimator}")
    for note in explanation.notes:
        print(f"note: {note}")
    joint = [i for i in explanation.interactions("FBII") if i.order >= 2][:_TOP]
    for rank, interaction in enumerate(joint or explanation.interactions("FBII")[:_TOP], start=1):
        words = " + ".join(repr(explanation.features[position]) for position in interaction.features)
        print(f"{rank:3d}  {interaction.value:+.4f}  {words}")
    if not explanation.interactions("FBII"):
        print("no effect found")
