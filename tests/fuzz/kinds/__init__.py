"""The kinds of input that come from outside, one file each."""

from importlib import import_module

KINDS = ("run_files", "bundles", "pictures", "replies", "model_folders", "value_functions", "data_sets", "addresses")


def kind_of(name):
    """The `Kind` of that name."""
    return import_module(f"tests.fuzz.kinds.{name}").KIND
