"""What lies in a model's folder, read within bounds: its JSON files and the names of its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spex_core import outside
from spex_core.errors import InputError

INDEX = "model.safetensors.index.json"


_SHARD = re.compile(r"[\w.-]{1,200}\.safetensors", re.ASCII)


_BOUNDS = outside.Bounds(items=2_000_000, containers=500_000, fields=1_000_000, finite=False)


_MOST_PARTS = 4_096


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that are the model's weights; empty unless all of them are there."""
    files = sorted(folder / name for name in shards(folder) or ())
    return files if all(file.is_file() and file.resolve().parent.is_dir() for file in files) else []


def shards(folder: Path) -> set[str] | None:
    """Names of the files that the index says, or of the only one; None where the index says none."""
    if not (folder / INDEX).exists():
        return {"model.safetensors"}
    named = (read_settings(folder / INDEX) or {}).get("weight_map")
    if not isinstance(named, dict) or not named:
        return None
    names = set(map(str, named.values()))
    return names if all(isinstance(name, str) and _SHARD.fullmatch(name) for name in named.values()) else None


def check_size(config: Mapping[str, Any], model: str) -> None:
    """Refuse a config whose model would be built part by part without end.

    Raises:
        InputError: it asks for more layers or experts than any model has.
    """
    for name, value in config.items():
        if isinstance(value, dict):
            check_size(value, model)
        elif isinstance(value, int | float) and name.endswith(("layers", "layer", "experts")) and value > _MOST_PARTS:
            raise InputError(f"{model} has a config.json with {name}={value:.3g}; {_MOST_PARTS:,} is the limit")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file's object; empty where there is none, or none that can be read within bounds."""
    return read_settings(path) or {}


def read_settings(path: Path) -> dict[str, Any] | None:
    """A JSON file's object, {} where there is no file, None where it cannot be read within bounds."""
    try:
        if not path.exists():
            return {}
        data = outside.parse(outside.read_file(path, 4 * _BOUNDS.size).decode("utf-8"), _BOUNDS)
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None
