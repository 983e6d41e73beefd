"""Bundles: everything comes back, and what a stranger writes is refused in one line."""

import hashlib
import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest

import spex_core.runs.store.bundle as bundle
from spex_core.arrays import Samples
from spex_core.engine.explain import explain
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, TextSource
from spex_core.inputs.pictures import png_bytes
from spex_core.runs.store.bundle import IMPORTED, read_bundle, read_saved, write_bundle
from spex_core.views.explorer import payload
from tests.support.fake_pictures import scene

N = 11
TEXT = "a b c d e f g h i j k"


def _explained():
    paid = []
    found = explain(lambda m: m[:, 0] - 2.0 * (m[:, 1] & m[:, 2]), N, budget=120, on_samples=paid.append)
    spans = tuple((2 * at, 2 * at + 1) for at in range(N))
    samples = Samples(np.vstack([part.masks for part in paid]), np.concatenate([part.values for part in paid]))
    return Explanation(**{**vars(found), "source": TextSource(TEXT, spans, "word", "unk"), "_cache": {}}), samples


@pytest.fixture(scope="module")
def written():
    explanation, samples = _explained()
    return explanation, samples, write_bundle(explanation, samples, "ab12")


def _entries(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(entries, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries if isinstance(entries, list) else entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def _resigned(data, **changed):
    """The bundle with entries replaced (key: "masks" for masks.npy) and all digests right again."""
    entries = _entries(data)
    manifest = json.loads(entries.pop("bundle.json")) | changed.pop("manifest", {})
    entries |= changed.pop("entries", {})
    manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in entries.items()}
    return _zip({"bundle.json": json.dumps(manifest), **entries})


def _npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def test_everything_comes_back(written):
    explanation, samples, data = written
    back = read_bundle(data)
    assert back.explanation.to_json() == explanation.to_json()
    assert np.array_equal(back.samples.masks, samples.masks)
    assert np.array_equal(back.samples.values, samples.values)
    assert back.key == "ab12"
    assert write_bundle(explanation, samples, "ab12") == data


def test_the_arrays_are_numpys_own_files(written):
    _, samples, data = written
    entries = _entries(data)
    masks, values = (np.load(io.BytesIO(entries[name]), allow_pickle=False) for name in ("masks.npy", "values.npy"))
    assert np.array_equal(np.unpackbits(masks, axis=1, count=N), samples.masks)
    assert np.array_equal(values, samples.values)
    assert entries["input.txt"].decode() == TEXT


def test_a_run_goes_on_from_a_bundle_without_paying_again(written):
    explanation, samples, data = written
    asked = []

    def counted(masks):
        asked.extend(masks.tolist())
        return masks[:, 0] - 2.0 * (masks[:, 1] & masks[:, 2])

    again = explain(counted, N, budget=120, known=read_bundle(data).samples)
    assert asked == []
    assert np.array_equal(again.spectrum.coefficients, explanation.spectrum.coefficients)
    explain(counted, N, budget=200, known=read_bundle(data).samples)
    assert len(asked) == 200 - len(samples)


def test_imported_samples_are_kept_apart_from_ones_own(written):
    explanation, samples, data = written
    first = read_bundle(data)
    assert first.samples_key.startswith(IMPORTED)
    assert first.samples_key != first.key
    assert read_bundle(data).samples_key == first.samples_key
    lie = Samples(samples.masks, samples.values + 1)
    assert read_bundle(write_bundle(explanation, lie, "ab12")).samples_key != first.samples_key
    assert read_bundle(write_bundle(explanation, Samples.empty(N), "ab12")).samples_key == ""


def test_a_run_file_is_read_as_well(written):
    explanation, _, data = written
    assert len(read_saved(data).samples) > 0
    bare = read_saved(explanation.to_json().encode())
    assert (bare.explanation.to_json(), len(bare.samples)) == (explanation.to_json(), 0)
    for wrong in (b"", b"\xff\xfe", b"PK", b"[]", b"PK\x05\x06" + bytes(18)):
        with pytest.raises(StoreError):
            read_saved(wrong)


def test_a_picture_and_a_bare_function_come_back(written):
    explanation, samples, _ = written
    bare = Explanation(**{**vars(explanation), "source": None, "_cache": {}})
    assert read_bundle(write_bundle(bare, samples, "k")).explanation.source is None
    png = png_bytes(scene())
    source = PictureSource(png, (4, 2), "blur", "is it red?", ((0, 2), (3, 5), (6, 9)))
    picture = Explanation(**{**vars(explanation), "source": source, "_cache": {}})
    back = read_bundle(write_bundle(picture, Samples.empty(picture.n_features), "k"))
    assert back.explanation.source == picture.source
    assert (
        _entries(write_bundle(picture, Samples.empty(picture.n_features), "k"))["input.png"] == picture.source.picture
    )


@pytest.mark.parametrize("width", [1, 7, 8, 9, 64])
def test_masks_of_any_width_come_back(width):
    masks = np.unique(np.random.default_rng(width).random((40, width)) < 0.5, axis=0)
    explanation = explain(lambda m: 1.0 * m[:, 0], width, budget=300, seed=0)
    back = read_bundle(write_bundle(explanation, Samples(masks, np.arange(len(masks)) / 7), "k")).samples
    assert np.array_equal(back.masks, masks)


def test_what_cannot_be_a_bundle_is_not_written(written):
    explanation, samples, _ = written
    wrong = {
        "12": Samples(np.ones((1, 12), dtype=bool), np.ones(1)),
        "finite": Samples(samples.masks[:1], np.array([np.nan])),
        "twice": samples.take(np.array([0, 0])),
    }
    for said, bad in wrong.items():
        with pytest.raises(StoreError, match=said):
            write_bundle(explanation, bad, "k")


REFUSED = {
    "masks of other width": ("masks.npy", lambda e, m, v: {"entries": {"masks.npy": _npy(m[:, :1])}}),
    "padding bits": ("wider", lambda e, m, v: {"entries": {"masks.npy": _npy(m | 1)}}),
    "other dtype": ("values.npy", lambda e, m, v: {"entries": {"values.npy": _npy(v.astype(np.float32))}}),
    "big endian": ("values.npy", lambda e, m, v: {"entries": {"values.npy": _npy(v.astype(">f8"))}}),
    "objects": ("values.npy", lambda e, m, v: {"entries": {"values.npy": _npy(v.astype(object), allow_pickle=True)}}),
    "by columns": ("masks.npy", lambda e, m, v: {"entries": {"masks.npy": _npy(np.asfortranarray(m))}}),
    "cut values": ("bytes of content", lambda e, m, v: {"entries": {"values.npy": e["values.npy"][:-8]}}),
    "more bytes": ("bytes of content", lambda e, m, v: {"entries": {"values.npy": e["values.npy"] + b"x"}}),
    "NaN": ("not finite", lambda e, m, v: {"entries": {"values.npy": _npy(np.where(np.arange(len(v)), v, np.nan))}}),
    "a mask twice": ("twice", lambda e, m, v: {"entries": {"masks.npy": _npy(np.vstack([m[:1], m[:-1]]))}}),
    "huge shape": ("sizes is wrong", lambda e, m, v: {"manifest": {"samples": 10**12}}),
    "negative shape": ("sizes is wrong", lambda e, m, v: {"manifest": {"samples": -1}}),
    "size in words": ("sizes is wrong", lambda e, m, v: {"manifest": {"samples": "8"}}),
    "other features": ("sizes is wrong", lambda e, m, v: {"manifest": {"features": 12}}),
    "other input": ("input", lambda e, m, v: {"entries": {"input.txt": b"another text"}}),
    "input of another kind": ("input", lambda e, m, v: {"entries": {"input.png": b"x"}}),
    "other schema": ("schema", lambda e, m, v: {"manifest": {"schema": "<b>"}}),
    "key with path": ("key", lambda e, m, v: {"manifest": {"key": "../../x"}}),
    "run that is none": ("schema", lambda e, m, v: {"entries": {"run.json": b"{}"}}),
    "run nested too deep": ("run", lambda e, m, v: {"entries": {"run.json": b"[" * 200_000}}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_inconsistent_bundle_is_refused_in_one_line(written, name):
    said, change = REFUSED[name]
    data = written[2]
    entries = _entries(data)
    masks, values = (np.load(io.BytesIO(entries[entry])) for entry in ("masks.npy", "values.npy"))
    with pytest.raises(StoreError, match=said) as caught:
        read_bundle(_resigned(data, **change(entries, masks, values)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["run.json", "masks.npy", "values.npy", "input.txt"])
def test_a_changed_entry_no_longer_has_its_digest(written, name):
    entries = _entries(written[2])
    entries[name] = entries[name][:-2] + bytes([entries[name][-2] ^ 1]) + entries[name][-1:]
    with pytest.raises(StoreError, match="digest"):
        read_bundle(_zip(entries))


@pytest.mark.parametrize("name", ["bundle.json", "run.json", "masks.npy", "values.npy"])
def test_a_missing_entry_is_named(written, name):
    entries = _entries(written[2])
    del entries[name]
    with pytest.raises(StoreError, match=f"no {name}"):
        read_bundle(_zip(entries))


@pytest.mark.parametrize("name", ["../run.json", "/etc/passwd", "a/run.json", "run.json\\x", "run.json/", "C:run.json"])
def test_names_with_path_parts_are_refused(written, name):
    entries = _entries(written[2])
    with pytest.raises(StoreError, match="no bundle has"):
        read_bundle(_zip({**dict(list(entries.items())[:3]), name: b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice_is_refused(written):
    entries = list(_entries(written[2]).items())
    with pytest.raises(StoreError, match="twice"):
        read_bundle(_zip([*entries, entries[1]]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(written, method):
    with pytest.raises(StoreError, match="unknown way"):
        read_bundle(_zip(_entries(written[2]), method))


def test_a_bomb_is_refused_before_it_is_unpacked(written, monkeypatch):
    bomb = _zip({**_entries(written[2]), "run.json": b"[" + b" " * 65_000_000 + b"]"})
    assert len(bomb) < 200_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(StoreError, match="too large"):
        read_bundle(bomb)


def test_a_size_that_lies_is_not_unpacked_past_it(written):
    data = bytearray(_zip({"bundle.json": b"{}" + b" " * 9_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(signature) + offset, 100)
    with pytest.raises(StoreError, match=r"no run\.json|not a readable bundle"):
        read_bundle(bytes(data))


def test_many_entries_are_refused_by_their_count(written, monkeypatch):
    many = _zip([(f"{at}.json", b"") for at in range(5_000)])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the directory was read"))
    with pytest.raises(StoreError, match="5000 entries"):
        read_bundle(many)
    lying = bytearray(many)
    struct.pack_into("<HH", lying, len(lying) - 14, 2, 2)
    with pytest.raises(StoreError, match="entries"):
        read_bundle(bytes(lying))


def test_size_is_looked_at_first(monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BUNDLE_BYTES", 10)
    with pytest.raises(StoreError, match="limit"):
        read_bundle(bytes(11))


def _swapped(document, rng):
    """JSON with one value, somewhere, dropped or exchanged for something else."""
    odd = [None, True, -1, 0, 3.5, 1e308, 10**400, "", "x" * 50, "<script>", [], {}, [[[]]], {"a": [None]}, "NaN"]
    where = [document]
    while True:
        node = where[-1]
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = keys[int(rng.integers(len(keys)))]
        if isinstance(node[key], dict | list) and node[key] and rng.random() < 0.75:
            where.append(node[key])
            continue
        choice = int(rng.integers(len(odd) + 2))
        if choice < len(odd):
            node[key] = odd[choice]
        elif choice == len(odd):
            del node[key]
        else:
            node[key] = ["a"] * 11
        return document


def _mutated(data, seed):
    """A damaged copy: bytes flipped, cut, put in, doubled, or nested deeply."""
    rng = np.random.default_rng(seed)
    bad = bytearray(data)
    kind = seed % 5
    if kind == 0:
        for _ in range(int(rng.integers(1, 6))):
            bad[int(rng.integers(len(bad)))] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del bad[int(rng.integers(len(bad))) :]
    elif kind == 2:
        at = int(rng.integers(len(bad)))
        bad[at:at] = rng.bytes(int(rng.integers(1, 40)))
    elif kind == 3:
        at = int(rng.integers(len(bad)))
        del bad[at : at + int(rng.integers(1, 200))]
    else:
        at = int(rng.integers(len(bad)))
        bad[at:at] = rng.choice([b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000, b"NaN", b"1e999"])
    return bytes(bad)


def _opened(data):
    """True where it opens as a run that can be written again, False where it is refused in a line."""
    said = ""
    try:
        found = read_saved(data)
    except StoreError as error:
        said = str(error)
    if said:
        assert "\n" not in said
        return False
    json.dumps(payload(found.explanation), allow_nan=False)  # and can be drawn
    assert Explanation.from_json(found.explanation.to_json()).to_json() == found.explanation.to_json()
    assert len(found.samples) == len(found.samples.values)
    return True


def test_mutated_run_files_open_as_data_or_are_refused(written):
    text = written[0].to_json()
    small = json.loads(text)
    small["draws"] = small["draws"][:2]
    outcomes = [
        _opened(json.dumps(_swapped(json.loads(json.dumps(small)), np.random.default_rng(seed))).encode())
        for seed in range(150)
    ]
    outcomes += [_opened(_mutated(json.dumps(small).encode(), seed)) for seed in range(50)]
    assert 20 < sum(outcomes) < 180  # some changes are harmless, most are not


def test_mutated_bundles_open_as_data_or_are_refused(written):
    explanation, samples, data = written
    assert _opened(data)
    outcomes = [_opened(_mutated(data, seed)) for seed in range(60)]
    for seed in range(40):  # damage below the digests
        rng = np.random.default_rng(seed)
        entries = _entries(data)
        name = ["run.json", "masks.npy", "values.npy", "input.txt"][seed % 4]
        outcomes.append(_opened(_resigned(data, entries={name: _mutated(entries[name], seed)})))
        manifest = _swapped(json.loads(entries["bundle.json"]), rng)
        outcomes.append(_opened(_zip({**entries, "bundle.json": json.dumps(manifest)})))
    assert sum(outcomes) < 60
    assert zlib.crc32(data) == zlib.crc32(write_bundle(explanation, samples, "ab12"))
