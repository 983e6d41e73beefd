"""What stands above a result: what was asked of which model, about what, cut how, for how many passes."""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.inputs.boundaries import Span
from spex_core.inputs.segmentation import between
from spex_core.models.registry import backends
from spex_core.views.labels import short
from spex_core.views.patches import feature_noun

_TITLE, _QUESTION, _ANSWER = 90, 90, 40  # characters


@dataclass(frozen=True)
class Heading:
    """A title and the facts in the line below it.

    Attributes:
        title: the start of the text, or what the picture was asked; "" where there is neither.
        asked: which model was asked what.
        facts: how many features and passes.
    """

    title: str
    asked: str
    facts: tuple[str, ...]

    def data(self) -> dict[str, object]:
        """As JSON-able data."""
        return {"title": self.title, "asked": self.asked, "facts": list(self.facts)}


def heading(explanation: Explanation) -> Heading:
    """The heading of a result, in the model's own terms."""
    count, passes = explanation.n_features, explanation.evaluations
    rest = ", the rest always kept" if _is_part(explanation) else ""
    facts = (
        f"{count:,} {feature_noun(explanation, count)}{rest}",
        f"{passes:,} pass{'' if passes == 1 else 'es'}",
    )
    return Heading(_title(explanation), _asked(explanation), facts)


def model_title(explanation: Explanation) -> str:
    """What the model is called: that of its own files where it has some, else the backend's title without brackets."""
    model = explanation.model
    if model is None:
        return "A function"
    own = model.options.get("model", "").rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    kind = backends().get(model.name)
    return own or (model.name if kind is None else kind.title.partition(" (")[0])


def _is_part(explanation: Explanation) -> bool:
    """Whether some of the text was never masked."""
    source = explanation.source
    return isinstance(source, TextSource) and bool(between(source.text, [Span(*span) for span in source.spans]))


def _title(explanation: Explanation) -> str:
    source = explanation.source
    said = source.text if isinstance(source, TextSource) else source.question if source else ""
    if isinstance(source, PictureSource) and not said:
        return f"A picture: {_choice(explanation)}"
    line = " ".join(said[: 4 * _TITLE].split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"


def _asked(explanation: Explanation) -> str:
    options = explanation.model.options if explanation.model else {}
    model, source = model_title(explanation), explanation.source
    if options.get("query", "").strip():
        return f"{model}: “{short(options['query'], _QUESTION)}”"
    question = options.get("question", "").strip()
    if not question or (isinstance(source, PictureSource) and source.question == question):
        return f"{model}: {_choice(explanation)}"  # the title is the question
    return f"{model} was asked “{short(question, _QUESTION)}”: {_choice(explanation)}"


def _choice(explanation: Explanation) -> str:
    """Between what the output decides."""
    options = explanation.model.options if explanation.model else {}
    answer, against = options.get("answer", ""), options.get("against", "")
    if answer and against:
        return f"“{short(answer, _ANSWER)}” or “{short(against, _ANSWER)}”?"
    if answer:
        return f"how likely is “{short(answer, _ANSWER)}”?"
    falling, rising = explanation.toward
    if falling == f"not {rising}":
        return f"{short(rising, _ANSWER)} or not?"
    return f"{short(falling, _ANSWER)} or {short(rising, _ANSWER)}?"
