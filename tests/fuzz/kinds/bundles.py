"""Bundles: zip files with a run, its input and its passes, taken into a store as the Runs page does."""

import hashlib
import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from spex_core.runs.store.bundle import read_saved, write_bundle
from spex_core.runs.store.run_store import RunStore
from tests.fuzz.judge import Kind
from tests.fuzz.kinds.run_files import runs
from tests.fuzz.mutations import broken_bytes, broken_json


@st.composite
def _broken_entries(draw, seeds):
    """A bundle one of whose entries is broken, most with its digests put right again, so that it is read."""
    with zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(seeds)))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(entries)))
    content = entries[name]
    broken = broken_json([content.decode()]) if name.endswith(".json") else broken_bytes([content])
    entries[name] = draw(broken)
    if name != "bundle.json" and draw(st.integers(0, 4)):
        manifest = json.loads(entries["bundle.json"])
        digests = {key: hashlib.sha256(value).hexdigest() for key, value in entries.items() if key != "bundle.json"}
        entries["bundle.json"] = json.dumps(manifest | {"sha256": digests}).encode()
    for name in draw(st.lists(st.sampled_from(sorted(entries)), max_size=1)) if draw(st.integers(0, 9)) == 0 else []:
        del entries[name]
    return zipped(entries, draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))))


def zipped(entries, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def inputs():
    seeds = [write_bundle(explanation, samples, "ab12") for explanation, samples in runs()]
    return st.one_of(broken_bytes(seeds), _broken_entries(seeds))


@cache
def _store():
    folder = tempfile.TemporaryDirectory()  # goes with the process
    return folder, RunStore(Path(folder.name))


def attempt(data):
    """Read it, put it into a store, and take it out again."""
    bundle = read_saved(data)
    _, store = _store()
    if bundle.samples_key:
        store.append(bundle.samples_key, bundle.samples)
        assert len(store.samples(bundle.samples_key, bundle.explanation.n_features)) >= len(bundle.samples)
    store.save("one", bundle.explanation, "a name")
    assert store.load("one").to_json() == bundle.explanation.to_json()


KIND = Kind("bundles", inputs, attempt, "zip", in_tests=150)
