"""AppTest forgets at every run that the app has a navigation of its own; a server learns it once.

Likewise, it searches every installed package for components whenever a test opens the app: a fifth of a second.
"""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager

_INSTALLED = manifest_scanner.scan_component_manifests()


class _Navigated(PagesManager):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        PagesManager.uses_pages_directory = False


@pytest.fixture(autouse=True)
def _as_on_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spex_core.coding.compiled.warm_in_background", lambda: None)
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _Navigated)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", lambda: _INSTALLED)
