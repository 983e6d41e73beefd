"""One estimator a file; `spex_core.estimation.registry` finds it by its `name`."""


def names() -> list[str]:
    """What `explain(estimator=...)` accepts, "auto" first."""
    from spex_core.estimation.registry import estimators

    return list(estimators())
