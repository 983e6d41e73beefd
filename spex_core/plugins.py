"""What is found beside the code: the members of a plug-in folder, by walking it, and the assets."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path
from typing import TypeVar

ASSETS = Path(__file__).parents[1] / "assets"
"""Embedded weights, what a browser loads, examples and saved runs."""

T = TypeVar("T")


@cache
def members(package_name: str, base: type[T]) -> dict[str, type[T]]:
    """Name -> class of every concrete subclass of `base` that a module of the package defines."""
    package = importlib.import_module(package_name)
    found: dict[str, type[T]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package_name}.{info.name}")
        for value in vars(module).values():
            own = inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__
            if own and not inspect.isabstract(value):
                found[value.name] = value  # type: ignore[attr-defined]  # every member declares `name`
    return dict(sorted(found.items()))
