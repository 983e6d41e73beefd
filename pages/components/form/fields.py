"""What the forms of all pages share: the model, the budget, the advanced settings, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.budget import estimator_title, ladder, nearest
from pages.components.common.markup import say, sentence
from pages.components.form.counting import Count
from spex_core import deployment
from spex_core.engine.budget import Cost
from spex_core.engine.design import MAX_ORDER, cost
from spex_core.errors import InputError
from spex_core.estimation.registry import estimators
from spex_core.explanation.sources import MOST_EXPECTED
from spex_core.models.base import Backend, Option
from spex_core.models.registry import backends
from spex_core.runs.requests import RunRequest

MASKINGS = {
    "unk": "replace by the model's unknown token",
    "removal": "remove, keep positions",
    "filler": "replace by “...”",
    "blur": "blur",
    "mean": "fill with the picture's mean colour",
    "grey": "fill with grey",
}
DEFAULT_BUDGET = 1000
HOLDS = "holds"  # field: name of the run that the form was last filled from, or that it started
_FIRST = ("minilm-sentiment", "smollm2", "photo")  # the first of its kind is what a visitor finds chosen


@dataclass(frozen=True)
class Form:
    """What a form says now.

    Attributes:
        request: the run it describes; None while it describes none.
        count: how many features the input has.
        cost: what the run would cost; None while the input is not usable.
        problems: field -> one sentence; empty where the run can start.
    """

    request: RunRequest | None
    count: Count
    cost: Cost | None = None
    problems: dict[str, str] = field(default_factory=dict)


class Fields:
    """The fields of one page's form, kept in the session under that page's prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def key(self, name: str) -> str:
        """Session key of a field."""
        return f"{self.prefix}_{name}"

    def get(self, name: str, default: Any = None) -> Any:
        """A field's value; `default` where it is unset, empty or zero."""
        return st.session_state.get(self.key(name)) or default

    def put(self, name: str, value: Any) -> None:
        """Set a field."""
        st.session_state[self.key(name)] = value

    def start(self, name: str, value: Any) -> str:
        """Set a field that has no value yet; returns its session key."""
        if self.key(name) not in st.session_state:
            self.put(name, value)
        return self.key(name)

    # The model

    def option_key(self, model: str, option: str) -> str:
        """Session key of one of a model's own settings."""
        return self.key(f"option_{model}_{option}")

    def options(self, model: type[Backend], without: Collection[str] = ()) -> dict[str, str]:
        """The settings of a model that are filled in."""
        found = {}
        for option in model.options:
            value = (st.session_state.get(self.option_key(model.name, option.name)) or "").strip()
            if value and option.name not in without:
                found[option.name] = value
        return found

    def missing(self, model: type[Backend], options: dict[str, str]) -> dict[str, str]:
        """Required settings that are empty: name -> what to do."""
        return {
            option.name: f"Fill in “{option.label}”: {option.help or 'the model needs it.'}"
            for option in model.options
            if option.required and option.name not in options
        }

    def model(self, members: dict[str, type[Backend]], without: Collection[str] = (), label: str = "Model") -> str:
        """Pick a model and fill in its settings, those in `without` excepted; returns its name."""
        name = st.selectbox(
            label,
            list(members),
            key=self.key("model"),
            format_func=lambda name: members[name].title,
            persist_state="session",
        )
        say(members[name].summary)
        if members[name].remote and deployment.current().servers_in_words:
            say(sentence(deployment.current().servers_in_words))
        for option in members[name].options:
            if option.name not in without:
                self._option(name, option)
        return str(name)

    def _option(self, model: str, option: Option) -> None:
        key = self.option_key(model, option.name)
        if key not in st.session_state or (option.choices and st.session_state[key] not in option.choices):
            st.session_state[key] = option.default
        if option.choices:
            st.selectbox(option.label, option.choices, key=key, help=option.help, persist_state="session")
            return
        label = option.label if option.required else f"{option.label} (optional)"
        if option.lines > 1:
            height = 34 + 24 * option.lines
            st.text_area(label, key=key, height=height, placeholder=option.help, persist_state="session")
            return
        st.text_input(
            label,
            key=key,
            type="password" if option.secret else "default",
            placeholder=option.help,
            persist_state="session",
        )
        if self.get("tried") and option.required and not st.session_state[key].strip():
            say(f"Fill in “{option.label}”. {option.help}", "error")

    # The budget

    def budget(self, request: RunRequest | None, features: int | None) -> None:
        """The slider, from the least that an estimator takes to 40,000 or all masks there are."""
        least = 2 if features is None or request is None else _least(features, request)
        steps = ladder(features or 64, least)
        wanted = st.session_state.get(self.key("wanted_budget"), DEFAULT_BUDGET)
        if st.session_state.get(self.key("budget")) != nearest(steps, wanted):  # else a moving slider would snap back
            self.put("budget", nearest(steps, wanted))
        if len(steps) == 1:
            say(f"Budget: all {steps[0]:,} masks there are.")
            return
        st.select_slider(
            "Budget",
            steps,
            key=self.key("budget"),
            format_func=lambda passes: f"{passes:,}",
            on_change=self._budget_moved,
            help="How often the model is asked at most. [What a run costs](learn?section=cost)",
        )

    def _budget_moved(self) -> None:
        self.put("wanted_budget", st.session_state[self.key("budget")])

    # The rest

    def advanced(self, model: type[Backend]) -> None:
        """Estimator, masking, order, seed and the right answer."""
        names = list(estimators())
        st.selectbox(
            "Estimator", names, key=self.key("estimator"), format_func=estimator_title, persist_state="session"
        )
        chosen = estimators().get(st.session_state[self.key("estimator")])
        if chosen is not None:
            say(chosen.summary)
        masking = st.selectbox(
            "Hidden features",
            model.maskings,
            key=self.key("masking"),
            format_func=lambda name: MASKINGS.get(name, name),
            persist_state="session",
        )
        if masking == "unk":
            say(_stand_in(model))
        st.slider("Largest order searched", 1, MAX_ORDER, key=self.start("max_order", 5), persist_state="session")
        st.number_input("Seed", 0, 2**31 - 1, step=1, key=self.start("seed", 0), persist_state="session")
        st.text_input(
            "Right answer (optional)",
            key=self.start("expected", ""),
            max_chars=MOST_EXPECTED,
            placeholder="Where you know it: the result then says right or wrong",
            persist_state="session",
        )

    def choices(self, model: type[Backend]) -> dict[str, Any]:
        """Budget and advanced settings as keywords of a `RunRequest`."""
        masking = self.get("masking")
        return {
            "masking": masking if masking in model.maskings else model.maskings[0],
            "budget": self.get("budget", DEFAULT_BUDGET),
            "estimator": self.get("estimator", "auto"),
            "max_order": self.get("max_order", 5),
            "seed": self.get("seed", 0),
            "expected": self.get("expected", "").strip(),
        }

    def explain(self, read: Callable[[], Form], problem: str) -> None:
        """The Explain button, and why it did nothing.

        Args:
            read: the form at the moment of a click.
            problem: what is wrong now, "" for nothing.
        """
        st.button(
            "Explain",
            type="primary",
            key=self.key("go"),
            shortcut="Ctrl+Enter",
            width="stretch",
            on_click=self.start_run,
            args=(read,),
        )
        if problem and self.get("tried"):
            say(problem, "error")
        if self.get("refused"):
            say(self.get("refused"), "error")

    def start_run(self, read: Callable[[], Form]) -> None:
        """Start the run that the form describes and look at it, or say why not; for a button's click.

        Args:
            read: the form at the moment of the click.
        """
        self.put("tried", True)
        self.put("refused", "")
        form = read()
        if form.problems or form.count.features is None or form.request is None:
            return
        self.put("tried", False)
        try:
            run = session.runs().start(form.request)
        except InputError as error:  # the waiting line is full
            self.put("refused", sentence(error))
            return
        self.put(HOLDS, run.id)
        session.show_run(run)


FORMS = {session.TEXT: Fields("form"), session.IMAGE: Fields("picture")}
"""The form of each page."""


def models_for(modality: str) -> dict[str, type[Backend]]:
    """Name -> class of every backend that reads a kind of input, "text" or "image": those built in, others, toys."""
    found = [(name, member) for name, member in backends().items() if member.modality == modality]
    return dict(sorted(found, key=lambda entry: _place(*entry)))


def _place(name: str, member: type[Backend]) -> tuple[bool, bool, int, str]:
    return member.toy, not member.built_in, _FIRST.index(name) if name in _FIRST else len(_FIRST), name


def has_tokens(model: type[Backend]) -> bool:
    """Whether the model can cut a text into its own tokens."""
    return model.token_spans is not Backend.token_spans


def priced(request: RunRequest, count: Count, problems: dict[str, str], cutting: str) -> Form:
    """The form of a request whose features were counted.

    Args:
        request: the run that the form describes.
        count: its features.
        problems: what is wrong so far.
        cutting: the field that is named where the input cannot be cut into features.
    """
    if count.problem:
        problems = problems | {cutting: count.problem}
    if count.features is None:
        return Form(request, count, None, problems)
    found, wrong = _price(request, count.features)
    return Form(request, count, found, problems | ({"budget": wrong} if wrong else {}))


def _price(request: RunRequest, features: int) -> tuple[Cost | None, str]:
    """(what the run would cost, what is wrong with its budget)."""
    try:
        found = cost(features, request.budget, request.estimator, request.max_order)
    except InputError as error:
        return None, str(error)
    if request.budget >= found.minimum:
        return found, ""
    return found, (
        f"{estimator_title(request.estimator)} needs at least {found.minimum:,} passes for "
        f"{features:,} features. Raise the budget, or choose the automatic estimator."
    )


def _stand_in(model: type[Backend]) -> str:
    """What is written for a hidden feature; a model that is loaded brings a tokenizer of its own."""
    if model.built_in or not has_tokens(model):
        return f"A hidden feature is written as {model.mask_token}."
    return (
        "Where the model's tokenizer has no unknown token, its mask token or “...” is written instead; "
        "the result then says so."
    )


def _least(features: int, request: RunRequest) -> int:
    """The least budget that any estimator takes; a chosen estimator that needs more says so beside the slider."""
    return min(cost(features, 1, name, request.max_order).minimum for name in ("auto", "banzhaf"))
