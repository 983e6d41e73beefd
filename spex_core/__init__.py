"""SPEX: sparse Fourier explanations of any set function, and how far to trust them.

The public contract. Names are imported on first use, so `import spex_core` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spex_core.engine.explain import explain as explain
    from spex_core.engine.explain import explain_image as explain_image
    from spex_core.engine.explain import explain_text as explain_text
    from spex_core.engine.settings import Progress as Progress
    from spex_core.errors import BudgetError as BudgetError
    from spex_core.errors import ExpansionError as ExpansionError
    from spex_core.errors import InputError as InputError
    from spex_core.errors import ModelError as ModelError
    from spex_core.errors import ModelOutputError as ModelOutputError
    from spex_core.errors import PictureError as PictureError
    from spex_core.errors import SpexError as SpexError
    from spex_core.errors import StoreError as StoreError
    from spex_core.errors import TextError as TextError
    from spex_core.explanation.result import Explanation as Explanation
    from spex_core.explanation.result import Interaction as Interaction
    from spex_core.fourier.spectrum import Spectrum as Spectrum
    from spex_core.models.registry import load_backend as load_backend

_HOME = {
    "Progress": "engine.settings",
    "explain": "engine.explain",
    "explain_image": "engine.explain",
    "explain_text": "engine.explain",
    "BudgetError": "errors",
    "ExpansionError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
    "ModelOutputError": "errors",
    "PictureError": "errors",
    "SpexError": "errors",
    "StoreError": "errors",
    "TextError": "errors",
    "Explanation": "explanation.result",
    "Interaction": "explanation.result",
    "load_backend": "models.registry",
    "Spectrum": "fourier.spectrum",
}
_FOLDERS = {
    "estimators": "estimation.estimators",
    "backends": "models.backends",
    "views": "views",
    "compiled": "coding.compiled",
}

__version__ = "0.1.0"
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return import_module(f"spex_core.{_FOLDERS[name]}")
    if name not in _HOME:
        raise AttributeError(f"module 'spex_core' has no attribute {name!r}")
    value = getattr(import_module(f"spex_core.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
