"""How the examples of a data set are put to a model."""

from __future__ import annotations

from spex_core.bench.data import DataSet, Example
from spex_core.errors import InputError
from spex_core.models import registry
from spex_core.models.base import Backend


class Asker:
    """Loads a backend for each example: with its own question and answer where there are such, else the same for all.

    What the user set stays: ``--question`` is asked instead of the data set's (with "{question}" standing for it),
    ``--answer`` is scored instead of its answer.

    Args:
        data: the data set.
        model: name of the backend.
        options: what the user set.
        own_answer: leave the answer to the model.

    Raises:
        InputError: the model does not read texts, or takes no question where the data set asks one.
    """

    def __init__(self, data: DataSet, model: str, options: dict[str, str], own_answer: bool = False) -> None:
        kinds = registry.backends()
        kind = kinds.get(model)
        if kind is not None and kind.modality != "text":
            raise InputError(f"{model} reads pictures; these experiments are about texts")
        names = {option.name for option in kind.options} if kind is not None else set()
        self._asks = data.asks
        self._asked = next((name for name in ("question", "query") if name in names), "")
        if data.asks and kind is not None and not self._asked:
            able = [name for name, other in kinds.items() if _takes_question(other)]
            raise InputError(f"{model} takes no question; for {data.kind} use {', '.join(able)}")
        self._answers = data.asks and "answer" in names and not own_answer
        self._model = model
        self._options = options
        registry.check_options(model, self._chosen(data.examples[0]))
        self._loaded: tuple[tuple[tuple[str, str], ...], Backend] | None = None

    def __call__(self, example: Example) -> Backend:
        """The backend for an example; the last one again where nothing differs."""
        chosen = self._chosen(example)
        key = tuple(sorted(chosen.items()))
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = key, registry.load_backend(self._model, **chosen)
        return self._loaded[1]

    def _chosen(self, example: Example) -> dict[str, str]:
        options = dict(self._options)
        if not self._asks:
            return options
        options[self._asked] = options.get(self._asked, "{question}").replace("{question}", example.question)
        if self._answers and example.answer:
            options.setdefault("answer", example.answer)
        return options


def _takes_question(kind: type[Backend]) -> bool:
    names = {option.name for option in kind.options}
    return kind.modality == "text" and bool(names & {"question", "query"})
