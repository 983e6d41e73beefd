"""The same engine from the shell: ``python -m spex_core models``, ``explain``, ``bench`` and ``doctor``.

Progress goes to stderr, results to stdout or to the file named by --json. Wrong use is one line on
stderr and exit status 2; a model that fails during a run is one line and exit status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from datetime import datetime
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from spex_core.bench.command import add_bench, run_command
from spex_core.bench.tables import replace_file
from spex_core.engine.design import MAX_ORDER
from spex_core.engine.settings import Progress, StoppedError
from spex_core.errors import InputError, SpexError
from spex_core.estimation.registry import estimators
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import FOCUS
from spex_core.inputs.focus import Stretches, as_stretches
from spex_core.inputs.pictures import MASKINGS, as_picture, check_grid, png_bytes
from spex_core.inputs.segmentation import MAX_CHARACTERS, UNITS, check_unit
from spex_core.memory import gigabytes
from spex_core.models import registry
from spex_core.models.base import Backend, ModelSpec, check_forecast
from spex_core.models.gguf.cache import clear, copies
from spex_core.models.gguf.conversion import disk_size
from spex_core.runs.alone import explain_alone
from spex_core.runs.interrupts import INTERRUPTED, TERMINATED, Interruptible, TerminatedError
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest
from spex_core.runs.store.doctor import add_doctor, run_doctor
from spex_core.runs.store.run_store import RunStore

if TYPE_CHECKING:
    from PIL.Image import Image

_PART = "characters START:END, or words wherever they stand; may be given again"
_STOPPED = "stopped; the passes that the store took are not paid for again by the same command"
_MOST_BYTES = 4 * MAX_CHARACTERS + 3  # as many in UTF-8, after a byte order mark


class _OneLineParser(argparse.ArgumentParser):
    """Reports wrong use in one line."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter of the text still shows the rest
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "models":
            _models(options)
        elif options.command == "bench":
            return run_command(options, Interruptible)
        elif options.command == "doctor":
            return run_doctor(options)
        else:
            _explain(options)
    except InputError as error:
        return _fail(str(error), 2)
    except SpexError as error:
        return _fail(str(error), 1)
    except TerminatedError:
        return _fail(_STOPPED, TERMINATED)
    except (KeyboardInterrupt, StoppedError):
        return _fail(_STOPPED, INTERRUPTED)
    except BrokenPipeError:
        return 1
    except OSError as error:
        return _fail(f"cannot write: {error.strerror or error}", 1)
    return 0


def _fail(message: str, status: int) -> int:
    print(f"spex_core: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="spex_core", description="Which features together made the model say that?")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_OneLineParser)
    models = commands.add_parser("models", help="list the models and their options")
    kept = models.add_mutually_exclusive_group()
    kept.add_argument("--converted", action="store_true", help="list the converted copies of GGUF files instead")
    kept.add_argument("--clear-converted", action="store_true", help="delete those copies")
    explain = commands.add_parser("explain", help="explain a model's output on one input")
    given = explain.add_mutually_exclusive_group(required=True)
    given.add_argument("--text-file", type=Path, help="UTF-8 text file; - reads standard input")
    given.add_argument("--text", help="the text itself")
    given.add_argument("--image", type=Path, help="PNG, JPEG or WebP file")
    explain.add_argument("--model", required=True, help="one of the models that `models` lists")
    explain.add_argument(
        "--unit", type=_unit, help=f"what a feature of a text is: {', '.join(UNITS)} or regex:PATTERN; default word"
    )
    explain.add_argument("--keep", action="append", default=[], metavar="PART", help=f"never mask this: {_PART}")
    explain.add_argument("--only", action="append", default=[], metavar="PART", help=f"mask nothing but this: {_PART}")
    explain.add_argument("--grid", help="columns x rows of a picture, such as 8x6, the default")
    explain.add_argument("--segments", type=int, help="cut a picture into so many segments that follow its objects")
    explain.add_argument("--question-words", action="store_true", help="the question's words are features too")
    explain.add_argument("--masking", help=f"how a hidden feature is replaced: {_maskings()}")
    explain.add_argument("--budget", type=int, default=2000, help="most masked passes, everything included")
    explain.add_argument("--estimator", default="auto", help=", ".join(estimators()))
    explain.add_argument("--max-order", type=int, default=5, help=f"largest interaction order, 1 to {MAX_ORDER}")
    explain.add_argument("--seed", type=int, default=0)
    explain.add_argument("--expected", default="", metavar="TEXT", help="the right answer, where you know it")
    explain.add_argument(
        "--no-store",
        action="store_true",
        help="neither look for passes that were paid for before, by the app or here, nor keep those of this run",
    )
    explain.add_argument("--json", type=Path, help="write the explanation here; - writes to standard output")
    explain.add_argument("--html", type=Path, help="write a report here that any browser opens, without a network")
    _add_model_options(explain)
    add_bench(commands, _OneLineParser, _add_model_options)
    add_doctor(commands)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    for name, text in sorted(_model_options().items()):
        shown = name.upper()
        parser.add_argument(_flag(name), dest=f"option_{name}", metavar=shown, help=text.replace("%", "%%"))


def _flag(option: str) -> str:
    """How a model's option is called on the command line; --model itself names the model."""
    return "--model-path" if option == "model" else f"--{option.replace('_', '-')}"


def _maskings() -> str:
    """The names of all maskings by kind of input: "unk or removal for text, ..."."""
    names: dict[str, dict[str, None]] = {}
    for backend in registry.backends().values():
        names.setdefault(backend.modality, {}).update(dict.fromkeys(backend.maskings))
    names.setdefault("image", dict.fromkeys(MASKINGS))
    return "; ".join(f"{', '.join(kinds)} for {modality}" for modality, kinds in sorted(names.items(), reverse=True))


def _model_options() -> dict[str, str]:
    """Every non-secret option of every model: name -> help, or whose it is where models mean different things by it."""
    helps: dict[str, set[str]] = {}
    owners: dict[str, list[str]] = {}
    for backend in registry.backends().values():
        for option in backend.options:
            if not option.secret:
                helps.setdefault(option.name, set()).add(option.help or option.label)
                owners.setdefault(option.name, []).append(backend.name)
    return {
        name: said.pop() if len(said) == 1 else f"of {', '.join(owners[name])}: see `models`"
        for name, said in helps.items()
    }


def _models(options: argparse.Namespace) -> None:
    if options.clear_converted:
        print(f"{disk_size(clear())} are free again")
        return
    if options.converted:
        for copy in copies():
            print(f"{copy.name}: {disk_size(copy.size)} in {copy.folder}")
        return
    for name, backend in registry.backends().items():
        print(f"{name}\n    {backend.title}: {backend.summary}")
        print(f"    input: {backend.modality}; masking: {', '.join(backend.maskings)}")
        for option in backend.options:
            needed = "required" if option.required else f"default {option.default!r}"
            flag = f"({option.name}, from the environment)" if option.secret else _flag(option.name)
            print(f"    {flag}  {option.label} ({needed}). {option.help}".rstrip())


def _choices(options: argparse.Namespace) -> dict[str, str]:
    """The model's own options that were given."""
    return {
        key.removeprefix("option_"): value
        for key, value in vars(options).items()
        if key.startswith("option_") and value is not None
    }


def _read(options: argparse.Namespace) -> str:
    if options.text is not None:
        return str(options.text)
    try:
        if str(options.text_file) == "-":
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with options.text_file.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InputError(
                f"{options.text_file} is above the limit of {MAX_CHARACTERS:,} characters; shorten the text"
            )
        return str(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{options.text_file} is not UTF-8 text: {error}") from None
    except OSError as error:
        raise InputError(f"cannot read {options.text_file}: {error.strerror or error}") from None


def _explain(options: argparse.Namespace) -> None:
    _check_flags(options)
    picture = None if options.image is None else as_picture(options.image)
    text = _read(options) if picture is None else ""
    for flag, path in (("--json", options.json), ("--html", options.html)):
        if path is not None and str(path) != "-":
            _check_place(flag, path)
    if options.json is not None and options.html is not None and options.json.resolve() == options.html.resolve():
        raise InputError(f"--json and --html both name {options.html}; the one would replace the other")
    kind = registry.check_options(options.model, _choices(options))
    request = _request(options, kind, text, picture)
    _tell_forecast(options, kind, request)
    backend = registry.load_backend(options.model, **request.model.options)
    explanation = _explained(request, backend, options.no_store)
    try:
        if options.json is not None and str(options.json) != "-":
            _write(options.json, explanation.to_json())
        if options.html is not None:
            from spex_core.views.report import report

            _write(options.html, report(explanation, written=datetime.now().astimezone()))
    except InputError:
        _tell(explanation, sys.stderr)
        raise
    if str(options.json) == "-":
        try:
            sys.stdout.write(explanation.to_json())
            sys.stdout.flush()
        except BaseException:
            _tell(explanation, sys.stderr)  # what was paid for is told whatever happens to the output
            raise
        return
    _tell(explanation, sys.stdout)


def _request(options: argparse.Namespace, kind: type[Backend], text: str, picture: Image | None) -> RunRequest:
    """The same as the app's, so that passes are kept under the same name."""
    chosen: dict[str, Any] = {
        "model": ModelSpec(options.model, _choices(options)),
        "masking": options.masking or kind.maskings[0],
        "budget": options.budget,
        "estimator": options.estimator,
        "max_order": options.max_order,
        "seed": options.seed,
        "expected": options.expected.strip(),
    }
    if picture is None:
        return TextRequest(text=text, unit=options.unit or "word", **_focus(options, text), **chosen)
    return PictureRequest(
        picture=png_bytes(picture),
        stored=True,
        grid=_grid(options.grid),
        segments=options.segments,
        question_words=options.question_words,
        **chosen,
    )


def _explained(request: RunRequest, backend: Backend, no_store: bool) -> Explanation:
    interruptible = Interruptible()

    def report(progress: Progress) -> None:
        _report(progress)
        interruptible.paying = progress.stage == "evaluate"
        if interruptible.paying:
            interruptible.look()

    with interruptible as stop:
        hooks: dict[str, Any] = {"on_progress": report, "should_stop": stop.is_set}
        if no_store:
            return request.explain(backend, **hooks)
        return explain_alone(request, backend, RunStore(), lambda line: print(line, file=sys.stderr), **hooks)


def _tell(explanation: Explanation, to: TextIO) -> None:
    from spex_core.views.summary import summary

    print("\n".join(summary(explanation)), file=to)


def _check_place(flag: str, path: Path) -> None:
    """Refuse a file that cannot be written, before anything is paid for."""
    if not path.parent.is_dir():
        raise InputError(f"{flag} {path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise InputError(f"{flag} {path}: this is a folder; name a file in it")
    writable = os.access(path, os.W_OK) if path.exists() else _takes_files(path.parent)
    if not writable:
        raise InputError(f"{flag} {path}: it cannot be written here")


def _takes_files(folder: Path) -> bool:
    """Whether a file can be made there; for root, permissions alone do not say."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def _check_flags(options: argparse.Namespace) -> None:
    """Refuse what does not go with the kind of input, before any model is loaded."""
    if options.image is not None:
        _grid(options.grid)
        wrong, given = [f"--{name}" for name in ("unit", *FOCUS) if getattr(options, name)], "a picture"
        if options.grid and options.segments is not None:
            raise InputError("a picture is cut by --grid or by --segments, not by both")
    else:
        wrong, given = (
            [
                *(["--grid"] if options.grid else []),
                *(["--segments"] if options.segments is not None else []),
                *(["--question-words"] * options.question_words),
            ],
            "a text",
        )
    if wrong:
        raise InputError(f"{' and '.join(wrong)} cannot be used with {given}")
    kind = registry.backends().get(options.model)
    if kind is not None and (kind.modality == "image") != (options.image is not None):
        raise InputError(f"{options.model} reads {'pictures; use --image' if kind.modality == 'image' else 'texts'}")


def _unit(text: str) -> str:
    try:
        check_unit(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(f"invalid choice: {error}") from None
    return text


def _focus(options: argparse.Namespace, text: str) -> dict[str, Any]:
    """What --keep and --only say of a text."""
    return {name: tuple(chain(*(_part(name, part, text) for part in getattr(options, name)))) for name in FOCUS}


def _part(name: str, part: str, text: str) -> Stretches:
    """ "0:12" as characters 0 to 12, anything else as the places where it stands."""
    if match := re.fullmatch(r"(\d{1,7}):(\d{1,7})", part):
        return as_stretches(f"--{name}", [(int(match[1]), int(match[2]))], len(text))
    places = tuple(match.span() for match in re.finditer(re.escape(part), text)) if part else ()
    if not places:
        raise InputError(f"--{name} {part}: this is not in the text; give {_PART}")
    return places


def _grid(text: str | None) -> tuple[int, int]:
    """ "8x6" as (columns, rows)."""
    match = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", (text or "8x6").strip().lower())
    if match is None:
        raise InputError(f"--grid {text}: give columns x rows, such as 8x6")
    return check_grid((int(match[1]), int(match[2])))


def _tell_forecast(options: argparse.Namespace, kind: type[Backend], request: RunRequest) -> None:
    """One line about a model that is not built in, before anything is loaded; refuse it where it cannot run.

    Raises:
        InputError: see `models.base.check_forecast`, or the input cannot be cut as asked.
    """
    forecast = kind.forecast(request.model.options, request.outline(kind))
    if forecast is None:
        return
    check_forecast(options.model, forecast)
    if forecast.preparation:
        print(f"{options.model}: {forecast.preparation}", file=sys.stderr)
    parts = [f"on {forecast.device}"]
    if forecast.download_bytes:
        parts.append(f"{gigabytes(forecast.download_bytes)} to download")
    if forecast.memory_bytes is not None:
        free = "" if forecast.free_bytes is None else f" of {gigabytes(forecast.free_bytes)} free"
        parts.append(f"{gigabytes(forecast.memory_bytes)} of memory{free}")
    if forecast.tokens is not None:
        parts.append(f"{forecast.tokens:,} tokens per pass")
    if forecast.calls_per_pass > 1:
        parts.append(f"about {forecast.calls(options.budget):,} calls for {options.budget:,} passes")
    dollars = forecast.dollars(options.budget)
    if dollars:
        parts.append(f"about ${dollars:,.2f}")
    if forecast.passes_per_second:
        parts.append(f"about {options.budget / forecast.passes_per_second:,.0f} s for {options.budget:,} passes")
    print(f"{options.model}: {', '.join(parts)}", file=sys.stderr)


def _report(progress: Progress) -> None:
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    line = f"{progress.stage}: {progress.done}/{progress.total} passes, {progress.passes_per_second:.0f}/s{left}"
    end = "\n" if progress.stage == "done" else ""
    print(f"\r{line:<70}" if sys.stderr.isatty() else line, file=sys.stderr, end=end if sys.stderr.isatty() else "\n")
