"""Backends by their names, checked and loaded."""

from __future__ import annotations

from typing import Any

from spex_core.errors import InputError, TextError, closest
from spex_core.inputs.segmentation import check_unbroken
from spex_core.models.base import Backend, ModelSpec, Option
from spex_core.plugins import members


def backends() -> dict[str, type[Backend]]:
    """Name -> class of every backend."""
    return members("spex_core.models.backends", Backend)  # type: ignore[type-abstract]  # only used as a filter


def load_backend(name: str, **options: Any) -> Backend:
    """Load the backend called `name`.

    Args:
        name: one of `backends()`.
        options: the backend's own settings, see its `options`; numbers may be numbers.

    Raises:
        InputError: no such backend, an option it does not have, or a required one that is missing.
    """
    options = {key: str(value) if isinstance(value, int | float) else value for key, value in options.items()}
    kind = check_options(name, options)
    backend = kind(**options)
    secret = {option.name for option in kind.options if option.secret}
    public = {key: str(value) for key, value in options.items() if key not in secret and value is not None}
    backend.spec = ModelSpec(name, public)
    return backend


def check_options(name: str, options: dict[str, str]) -> type[Backend]:
    """The class of the backend called `name`, after checking its options; loads nothing.

    Raises:
        InputError: see `load_backend`.
    """
    known = backends()
    if name not in known:
        raise InputError(f"model {name!r} does not exist; {closest(name, known)}")
    accepted = {option.name: option for option in known[name].options}
    for key in options:
        if key not in accepted:
            raise InputError(f"{name} has no option {key!r}; it takes: {', '.join(accepted) or 'none'}")
        if isinstance(options[key], str):
            _check_unbroken(name, accepted[key], options[key])
    for option in accepted.values():
        if option.required and not str(options.get(option.name) or "").strip():
            raise InputError(f"{name} needs {option.name}: {option.help or option.label}")
    return known[name]


def _check_unbroken(name: str, option: Option, value: str) -> None:
    """Refuse half a character, as what is not UTF-8 on a command line becomes; a secret is not repeated."""
    try:
        check_unbroken(value)
    except TextError as error:
        said = "it holds half a character" if option.secret else str(error)
        raise InputError(f"{option.name} of {name}: {said}") from None
