"""Estimators: one file each, found by `spex_core.registry`; they import the fixed core only.

`names()` lists what `explain(estimator=...)` accepts.
"""


def names() -> list[str]:
    """Every estimator name, "auto" first."""
    from spex_core.registry import estimators

    return ["auto", *estimators()]
