"""A script, run by `templates.check_bounds`: renders one chat template in a process with little time and memory.

Reads JSON from stdin: the template, what it is given, and the bounds. Ends with 0 where the rendering, or the
template's own error, came within the bounds, with `UNKNOWN` where nothing could be tried, and with anything else where
they did not hold. It imports jinja2 and nothing of this project.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any

TOO_MUCH, UNKNOWN = 4, 5


def limit(seconds: int, memory: int) -> None:
    """The system's own limits, where it has them (Windows has not: there the caller's clock is the only one)."""
    with suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def environment() -> Any:
    """As transformers renders chat templates, for what time and memory are spent on."""
    import jinja2
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """The block that marks what an assistant says: here only its content."""

        tags = {"generation"}  # noqa: RUF012  # as jinja declares it

        def parse(self, parser: Any) -> Any:
            """The statements between the tags."""
            next(parser.stream)
            return parser.parse_statements(["name:endgeneration"], drop_needle=True)

    def refuse(message: str) -> None:
        raise jinja2.exceptions.TemplateError(message)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = lambda value, **options: json.dumps(value, **{"ensure_ascii": False, **options})
    made.globals.update(raise_exception=refuse, strftime_now=lambda form: datetime.now().strftime(form))
    return made


def watch_constants() -> None:
    """End the process where memory runs out for a constant: jinja passes over that, and a larger machine would pay."""
    from jinja2 import nodes

    for kind in vars(nodes).values():
        if isinstance(kind, type) and issubclass(kind, nodes.Expr) and "as_const" in vars(kind):
            _watch(kind)


def _watch(kind: Any) -> None:
    from jinja2.nodes import Impossible

    fold = kind.as_const

    def as_const(self: Any, *context: Any, **named: Any) -> Any:
        try:
            return fold(self, *context, **named)
        except MemoryError:
            sys.exit(TOO_MUCH)
        except Impossible as error:
            if isinstance(error.__context__, MemoryError):
                sys.exit(TOO_MUCH)
            raise

    kind.as_const = as_const


def main() -> int:
    """Render, and tell by the exit code how it went."""
    asked = json.load(sys.stdin)
    try:
        made = environment()
        watch_constants()
    except ImportError:
        return UNKNOWN
    limit(asked["seconds"], asked["memory"])
    try:
        rendered = made.from_string(asked["template"]).render(**asked["given"])
    except MemoryError:
        return TOO_MUCH
    except Exception:  # the template's own, which it raises for the caller too
        return 0
    return 0 if len(rendered) <= asked["characters"] else TOO_MUCH


if __name__ == "__main__":
    sys.exit(main())
