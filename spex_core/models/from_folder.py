"""Models that are loaded from a folder: which files they were loaded from, and what those make a library raise.

A folder's files are a stranger's. Its tokenizer, processor and network are objects of libraries that check little of
what they are told, and fail where they come upon it: at the first text, or at the first answer. So whatever is asked of
such a model is answered, or refused in one sentence.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from spex_core.errors import ModelError, SpexError
from spex_core.models.base import Backend
from spex_core.models.folder_files import weight_files
from spex_core.models.folders import file_digest, folder_fingerprint, folder_state, one_line

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound="Loaded")


class Origin:
    """The folder that a model was loaded from, as it was then."""

    def __init__(self, folder: Path, source: Path | None = None) -> None:
        """Tell its fingerprint.

        Args:
            folder: of the model.
            source: the file that the folder was converted from, where it was.

        Raises:
            OSError: a file cannot be read.
        """
        self.folder = folder
        self._source, self._digest = source, file_digest(source) if source else ""
        self._state = folder_state(folder)
        self.fingerprint = folder_fingerprint(folder)

    def is_changed(self) -> bool:
        """Whether its weights, config or tokenizer are others by now; what is gone has not changed.

        Files are read again only where a size or a time of change is another.
        """
        try:
            if self._source is not None and self._source.is_file() and file_digest(self._source) != self._digest:
                return True
            state = folder_state(self.folder)
            if state == self._state or not weight_files(self.folder):
                return False
            changed = folder_fingerprint(self.folder) != self.fingerprint
        except OSError:
            return False
        if not changed:
            self._state = state
        return changed

    def load(self, model: str, build: Callable[[], T]) -> T:
        """What `build` makes of the folder, with its origin noted.

        Args:
            model: its name, for messages.
            build: reads the folder.

        Raises:
            ModelError: the folder was changed meanwhile.
        """
        loaded = build()
        if self.is_changed():
            raise ModelError(f"the files of {model} were changed while they were read; load it again")
        loaded.fingerprint = self.fingerprint
        loaded.origin = self
        return loaded


class Loaded(Protocol):
    """A loaded model that says which weights it has.

    Attributes:
        fingerprint: see `Backend.fingerprint`.
        origin: the folder it was loaded from, None for none.
    """

    fingerprint: str
    origin: Origin | None


class FolderBackend(Backend):
    """A backend whose model was loaded from a folder."""

    @property
    @abstractmethod
    def loaded(self) -> Loaded:
        """The model."""

    @property
    def fingerprint(self) -> str:
        """That of the loaded model."""
        return self.loaded.fingerprint or super().fingerprint

    @property
    def is_outdated(self) -> bool:
        """Whether the model's folder has other weights by now."""
        return self.loaded.origin is not None and self.loaded.origin.is_changed()


@contextmanager
def in_words(model: str) -> Iterator[None]:
    """Whatever libraries raise over a model's files is one sentence.

    Args:
        model: a name, for the sentence.

    Raises:
        ModelError: instead of every error that is no `SpexError`; the cause is kept.
    """
    try:
        yield
    except SpexError:
        raise
    except Exception as error:
        raise ModelError(
            f"{model} fails over the files in the model's folder: {type(error).__name__}: {one_line(error)}"
        ) from error


def told_in_words(method: F) -> F:
    """A backend's method within `in_words`."""

    @wraps(method)
    def called(self: Backend, *arguments: Any, **named: Any) -> Any:
        with in_words(self.name):
            return method(self, *arguments, **named)

    return cast("F", called)
