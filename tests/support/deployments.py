"""Deployments of tests: what the settings say, and where the app listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from spex_core import deployment

SETTINGS = ("SPEX_SHARED", "SPEX_OWNERS", "SPEX_SERVERS", "SPEX_FOLDERS", "SPEX_SHARE_KEY", "SPEX_TOKEN")


@contextmanager
def deployed(address: str = "localhost", **settings: str) -> Iterator[None]:
    """An app that listens at an address, with these settings and no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment, "_reached", False)
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        deployment.listens(address)
        yield
