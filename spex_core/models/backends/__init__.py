"""One kind of model a file; `spex_core.models.registry` finds it by its `name`."""
