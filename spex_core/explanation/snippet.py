"""A run as a few lines of Python that make it again."""

from __future__ import annotations

from collections.abc import Iterator

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import Source


def python_snippet(explanation: Explanation) -> str:
    """Python source that reproduces `result`: same model and options, input, choices and seed.

    Every value is written with `repr`, so whatever a text or an option holds stays a string. Secrets are not in it: an
    explanation never holds any.
    """
    source = explanation.source
    imports = [*source.imports, ""] if source is not None and source.imports else []
    lines = [*_head(explanation), *imports, "import spex_core", ""]
    if explanation.model is None or source is None:
        lines += _bare(explanation)
    else:
        lines += [*_backend(explanation), *source.code(), *_call(explanation, source)]
    return "\n".join([*lines, 'print(f"R² on unseen masks: {explanation.faithfulness:.3f}")', ""])


def _head(explanation: Explanation) -> Iterator[str]:
    """What a person must know before running it."""
    if not explanation.complete:
        yield f"# The run was stopped after {explanation.evaluations} passes; this makes all of them."
    if explanation.model is not None and explanation.model.name in ("openai", "openai-image"):
        yield "# The key is read from OPENAI_API_KEY. A server may answer otherwise on another day."


def _backend(explanation: Explanation) -> Iterator[str]:
    assert explanation.model is not None
    name, options = explanation.model.name, sorted(explanation.model.options.items())
    if not options:
        yield f"backend = spex_core.load_backend({name!r})"
    elif all(key.isidentifier() for key, _ in options):
        yield "backend = spex_core.load_backend("
        yield f"    {name!r},"
        yield from (f"    {key}={value!r}," for key, value in options)
        yield ")"
    else:  # only in a file that somebody wrote
        yield f"backend = spex_core.load_backend({name!r}, **{dict(options)!r})"


def _call(explanation: Explanation, source: Source) -> Iterator[str]:
    yield f"explanation = spex_core.{source.function}("
    yield f"    {source.kind},"
    yield "    backend,"
    yield from (f"    {name}={value!r}," for name, value in source.choices().items())
    yield from _choices(explanation)
    yield ")"


def _choices(explanation: Explanation) -> Iterator[str]:
    yield f"    budget={explanation.budget!r},"
    yield f"    estimator={explanation.requested_estimator!r},"
    yield f"    max_order={explanation.max_order!r},"
    yield f"    seed={explanation.seed!r},"


def _bare(explanation: Explanation) -> Iterator[str]:
    yield "# The run explained a function of masks that is not in the file: put it in place of this one."
    yield "def value_function(masks):  # (m, n) bool, True = kept -> (m,) float"
    yield "    raise NotImplementedError"
    yield ""
    yield ""
    yield "explanation = spex_core.explain("
    yield "    value_function,"
    yield f"    {list(explanation.features)!r},"
    yield from _choices(explanation)
    yield ")"
