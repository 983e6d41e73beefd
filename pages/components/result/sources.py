"""What can be compared: finished runs, opened files and the saved runs, each under a name that a link can hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import say
from pages.components.common.session import Opened
from pages.components.form import puzzles, saved_runs
from spex_core.errors import InputError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.runs.run import Run
from spex_core.runs.store.records import RunRecord
from spex_core.views.alignment import mismatch, unlike
from spex_core.views.comparison import off_scale
from spex_core.views.labels import short

SAVED = {"saved": session.TEXT, "saved-picture": session.IMAGE}
OPENED = {"opened": session.TEXT, "opened-picture": session.IMAGE}
_FILES = "compare_files"  # session: name -> Opened, files opened on the Compare page
_LOADED = "compare_loaded"  # session: name -> Explanation, so that a click does not read the store again
_ORIGINS = {**dict.fromkeys(OPENED, "opened file"), **dict.fromkeys(SAVED, "saved run")}
_LENGTH = 48  # characters of an input in the list
_MOST_STORED = 40
_MOST_LOADED = 8


def choices(*wanted: str | None) -> dict[str, str]:
    """Name -> what the list says, newest first; `wanted` names are added where they are known, at work or not."""
    runs = {run.id: _result(run) for run in session.runs().list()}
    found = {name: _Entry.of(explanation) for name, explanation in runs.items() if explanation is not None}
    kept = [saved for saved in _listed() if saved.id not in found and saved.r2 is not None]
    stored = {saved.id: _readable(saved.id, saved.updated_at) for saved in kept[:_MOST_STORED]}
    found |= {name: entry for name, entry in stored.items() if entry is not None}
    found |= {name: _Entry.of(opened.explanation, f"file {short(opened.name, 30)}") for name, opened in files().items()}
    for name in (*OPENED, *SAVED, *wanted):
        explanation = load(name) if name and name not in found else None
        if name and explanation is not None:
            found[name] = _Entry.of(explanation, _ORIGINS.get(name, "saved run" if is_saved(name) else ""))
        elif name and name not in found and (run := session.runs().get(name)) is not None:
            found[name] = _Entry.unfinished(run)
    inputs = _told_apart({name: entry.text for name, entry in found.items()})
    return {name: f"{inputs[name]} · {entry.rest}" for name, entry in found.items()}


def load(name: str) -> Explanation | None:
    """The explanation behind a name; None where it is not known here, or not finished."""
    if is_saved(name):
        return saved_runs.load(name) if name not in SAVED else session.saved_run(SAVED[name])
    opened = session.opened(OPENED[name]) if name in OPENED else files().get(name)
    if opened is not None:
        return opened.explanation
    loaded: dict[str, Explanation] = st.session_state.setdefault(_LOADED, {})
    for run in session.runs().list():  # it may have been extended since
        if run.id == name and (extended := _result(run)) is not None:
            loaded[name] = extended
    if name not in loaded or session.runs().why_not_read(name):  # no longer shared perhaps
        loaded.pop(name, None)
        run = session.runs().get(name)
        explanation = None if run is None else _result(run)
        if explanation is None:
            return None
        loaded[name] = explanation
        while len(loaded) > _MOST_LOADED:
            del loaded[next(iter(loaded))]
    return loaded[name]


def is_known(name: str) -> bool:
    """Whether there is a result behind a name, or a run that has none yet."""
    return load(name) is not None or session.runs().get(name) is not None


def partner(name: str, listed: dict[str, str]) -> str | None:
    """What a run is best compared with: first the other version of the same question, then the same text, then
    anything on the same scale; None where there is nothing."""
    explanation = load(name)
    if explanation is None:
        return None
    ranked = [(-_kinship(explanation, other), at, key) for at, key, other in _others(name, listed)]
    ranked = [entry for entry in ranked if entry[0] < 0]
    return min(ranked)[2] if ranked else None


def files() -> dict[str, Opened]:
    """The files opened on the Compare page."""
    found: dict[str, Opened] = st.session_state.setdefault(_FILES, {})
    return found


def add_file(opened: Opened) -> str:
    """Keep an opened file; returns its name in the list."""
    name = f"file-{len(files()) + 1}"
    files()[name] = opened
    return name


def is_saved(name: str) -> bool:
    """Whether it is a run that comes with the app."""
    return name in SAVED or session.saved_file(name) is not None


def can_be_linked(name: str) -> bool:
    """Whether the name means the same in another browser."""
    return name not in OPENED and name not in files()


def why_not_export(name: str) -> str:
    """Why this visitor may not take it away, "" where they may."""
    return "" if is_saved(name) or not can_be_linked(name) else session.runs().why_not_change(name)


@dataclass(frozen=True)
class _Entry:
    """A line of the list: the input, cut later, and the rest: model, estimator, passes, R², where it came from."""

    text: str
    rest: str

    @classmethod
    def of(cls, explanation: Explanation, origin: str = "") -> _Entry:
        source = explanation.source
        if isinstance(source, PictureSource):
            text = f"picture, {source.cut_in_words.removesuffix(' patches')}"
            asked = source.question or (explanation.model.options.get("label", "") if explanation.model else "")
            text += f", “{short(asked, 40)}”" if asked else ""
        else:
            text = source.text if isinstance(source, TextSource) else " ".join(explanation.features)
        rest = [explanation.model.name] if explanation.model else []
        r2 = f"R² {explanation.faithfulness:.2f}".replace("-", "−")
        rest += [explanation.estimator, f"{explanation.evaluations:,} passes", r2, *([origin] if origin else [])]
        return cls(puzzles.title_of(text) or " ".join(text.split()), " · ".join(rest))

    @classmethod
    def unfinished(cls, run: Run) -> _Entry:
        """A run without a result."""
        title = puzzles.title_of(run.request.title) or " ".join(run.request.title.split())
        return cls(title, f"{run.request.model.name} · {'being explained' if run.live else f'no result ({run.state})'}")


def _told_apart(texts: dict[str, str]) -> dict[str, str]:
    """Each text cut to a line; those that would look alike are cut from shortly before where they part."""
    groups: dict[str, list[str]] = {}
    for name, text in texts.items():
        groups.setdefault(short(text, _LENGTH), []).append(name)
    cut = {}
    for line, names in groups.items():
        words = [texts[name].split() for name in names]
        parting = (at for at, column in enumerate(zip_longest(*words)) if len(set(column)) > 1)
        start = max(0, next(parting, 0) - 2)
        for name, parts in zip(names, words, strict=True):
            cut[name] = f"… {short(' '.join(parts[start:]), _LENGTH)}" if start else line
    return cut


def _result(run: Run) -> Explanation | None:
    """The explanation of a run that is over."""
    return None if run.live else run.explanation


def _listed() -> list[RunRecord]:
    try:
        return session.runs().stored()
    except StoreError as error:
        say(f"Earlier runs are not offered here: {error}.", "warning")
        return []


@lru_cache(maxsize=256)
def _stored(name: str, saved_at: float) -> _Entry | None:
    try:
        return _Entry.of(session.runs().load(name))
    except StoreError:
        return None


def _readable(name: str, saved_at: float) -> _Entry | None:
    """What is known of it, as long as this visitor can read it."""
    try:
        return _stored(name, saved_at)
    except InputError:  # it was unshared a moment ago, which is no news of the run
        return None


def _others(name: str, listed: dict[str, str]) -> list[tuple[int, str, Explanation]]:
    keys = [key for key in listed if key != name][: _MOST_LOADED - 1]
    return [(at, key, other) for at, key in enumerate(keys) if (other := load(key)) is not None]


def _kinship(a: Explanation, b: Explanation) -> int:
    if mismatch(a, b) or off_scale(a, b) or unlike(a, b):
        return 0
    same_input, same_model = a.features == b.features, a.model == b.model
    if same_model and same_input:
        return 2 + (a.estimator != b.estimator)
    asked = same_model and bool(a.model and a.model.options)
    return 5 if asked else 4 if same_input else 2 if same_model else 1
