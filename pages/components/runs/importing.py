"""Runs from files: JSON of an explanation, or a bundle with the passes paid for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import streamlit as st

from pages.components.common import session
from pages.components.common.markup import draw, say, sentence, tag
from pages.components.runs import list as runs_list
from spex_core.errors import SpexError, StoreError
from spex_core.runs.owned import imported_id
from spex_core.runs.store.bundle import IMPORTED, MAX_BUNDLE_BYTES, read_saved
from spex_core.runs.store.run_store import RunStore
from spex_core.runs.store.several import read_several

TYPES = ("json", "zip")
_TURN = "runs_import_turn"  # session: another file field after each import, so that it is empty again
_DONE = "runs_imported"  # session: what the last import brought
_LONGEST_NAME = 80
_BY_ID = re.compile(r"spex-(?:(?:imported-)?[0-9a-f]{16,}|saved|opened)(?: ?\(\d+\))?")


@dataclass
class Imported:
    """What became of some files.

    Attributes:
        ids: runs that are in the store now, in the order of the files.
        known: how many of them had been there already.
        refused: (file name, why) of each that was not taken.
    """

    ids: list[str] = field(default_factory=list)
    known: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def says(self) -> str:
        """One sentence; "" where nothing came in."""
        if not self.ids:
            return ""
        new = len(self.ids) - self.known
        parts = [f"{new} run{'' if new == 1 else 's'} imported"] if new else []
        parts += [f"{self.known} already here"] if self.known else []
        return ", ".join(parts) + "."


def import_field() -> None:
    """The button that opens the file field."""
    with st.popover("Import", help="Runs saved as JSON, or as a bundle with their passes"):
        turn = st.session_state.setdefault(_TURN, 0)
        key = f"runs_import_{turn}"
        st.file_uploader(
            "JSON files or bundles from Download, or JSON from the command line",
            type=list(TYPES),
            accept_multiple_files=True,
            key=key,
            on_change=_chosen,
            args=(key,),
            max_upload_size=MAX_BUNDLE_BYTES // 1_000_000,
        )


def imported() -> None:
    """What the last import brought."""
    done: Imported | None = st.session_state.get(_DONE)
    if done is None:
        return
    if done.says:
        draw(tag("p", done.says, class_="spex-say spex-notice", role="status"))
    for name, why in done.refused:
        say(f"{name}: {why}", "error")


def take(files: Sequence[tuple[str, bytes]], store: RunStore, belongs_to: str = "") -> Imported:
    """Put runs from files into the store, of a file of bundles each; what is there already is not put in twice.

    Args:
        files: (name, content) of each.
        store: where they go.
        belongs_to: whose they are to be, "" for the host.
    """
    done = Imported()
    for name, data in files:
        try:
            inside = read_several(data) or [(name, data)]
        except SpexError as error:
            done.refused.append((name, sentence(error)))
            continue
        for one, content in inside:
            try:
                run_id, new = _put(one, content, store, belongs_to)
            except SpexError as error:
                done.refused.append((name if one == name else f"{name}: {one}", sentence(error)))
                continue
            done.ids.append(run_id)
            done.known += not new
    return done


def _put(name: str, data: bytes, store: RunStore, belongs_to: str) -> tuple[str, bool]:
    """(id, whether it is new) of the run in a file. The id says that it came from a file, and where its passes are."""
    bundle = read_saved(data)
    known = bundle.samples_key or f"{IMPORTED}{hashlib.sha256(data).hexdigest()[:32]}"
    run_id = imported_id(known, belongs_to)
    try:
        store.record(run_id)
        return run_id, False
    except StoreError:
        pass
    if bundle.samples_key and not len(store.samples(run_id, bundle.explanation.n_features)):
        store.append(run_id, bundle.samples)
    store.save(run_id, bundle.explanation, bundle.name or file_name(name), belongs_to)
    if bundle.notes:
        store.notes.put(run_id, bundle.notes)
    return run_id, True


def file_name(name: str) -> str:
    """What a person called a file, without its ending; "" where Download named it by the run's id, which tells nobody
    anything: the run is then called by the start of its text."""
    stem = PurePath(name).stem
    return "" if _BY_ID.fullmatch(stem) else stem[:_LONGEST_NAME]


def _chosen(key: str) -> None:
    files: list[Any] = st.session_state.get(key) or []
    if not files:
        return
    chosen = [(file.name, file.getvalue()) for file in files]
    done = take(chosen, session.manager().store, session.runs().belongs_to)
    st.session_state[_DONE] = done
    st.session_state[_TURN] += 1
    if done.ids:
        runs_list.select(*done.ids)
