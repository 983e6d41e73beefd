"""Model folders: one file of a small real one is broken, and it is loaded and asked as a person would.

The first line of an input names the folder and the file; of a file of weights it holds the header alone, and what lies
behind is put there when it is tried.
"""

import json
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from spex_core.errors import SpexError
from spex_core.models.folders import quiet
from spex_core.models.registry import backends, load_backend
from spex_core.models.shared import shared
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_bytes, broken_json

INDEX = "model.safetensors.index.json"
ASKED = {
    "qwen2": ("hf-causal-lm", {"question": "True or False?", "answer": "True", "instruction": "Be brief."}),
    "distilbert": ("hf-classifier", {"label": "POSITIVE"}),
    "llava": ("llava-next", {"question": "is there a dog ?", "answer": "yes", "against": "no"}),
}
TEMPLATES = (
    "{% for m in messages %}{{ m }}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 4000000000 }}",
    "{{ raise_exception('no\n\x1b[2J') }}",
    "{{ messages.__class__.__mro__ }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ messages[7].content }}{{ nothing.more }}",
    "{% include 'x' %}",
    "{{ messages | tojson }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ messages | join | center(2000000) }}",
    "{% set x = namespace(v='a') %}{% for i in range(60) %}{% set x.v = x.v + x.v %}{% endfor %}",
    "{{ '%0999999999d' | format(1) }}",
    "{{ 1 / 0 }}",
    "{%",
    "<image> {{ messages[0]['content'][1]['text'] }}",
)


@cache
def _folders():
    from tests.support.language_models import save, save_classifier
    from tests.support.vision_models import make_model

    holder = tempfile.TemporaryDirectory()  # goes with the process
    place = Path(holder.name)
    small = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    with quiet():
        save(place / "qwen2", "qwen2", **small, num_key_value_heads=1)
        save_classifier(place / "distilbert")
        make_model(place / "llava", tile=32)
    for name in ASKED:
        weights = (place / name / "model.safetensors").read_bytes()
        held = json.loads(_header(weights)[8:])
        index = {"metadata": {}, "weight_map": {weight: "model.safetensors" for weight in held if weight[0] != "_"}}
        (place / f"{name}.index").write_text(json.dumps(index))
    return holder, place


def _header(data):
    return data[: 8 + int.from_bytes(data[:8], "little")]


def _original(folder, file):
    _, place = _folders()
    if file == INDEX:
        return (place / f"{folder}.index").read_bytes()
    data = (place / folder / file).read_bytes()
    return _header(data) if file.endswith(".safetensors") else data


@st.composite
def _broken_weights(draw, original):
    """The header of a file of weights, broken by its structure or by its bytes."""
    header = draw(st.one_of(broken_json([original[8:].decode()]), broken_bytes([original[8:]])))
    said = draw(st.sampled_from((len(header),) * 6 + (0, len(header) + 8, 2**62)))
    return said.to_bytes(8, "little") + header


@st.composite
def _broken(draw):
    folder = draw(st.sampled_from(tuple(ASKED)))
    names = sorted(path.name for path in (_folders()[1] / folder).iterdir())
    file = draw(st.sampled_from([*names, INDEX, "config.json", "config.json", "tokenizer_config.json"]))
    original = _original(folder, file)
    if draw(st.integers(0, 5)) == 5:  # nothing is broken: this must be accepted
        data = original
    elif file.endswith(".jinja"):
        data = draw(broken_bytes([original, *(template.encode() for template in TEMPLATES)], 3))
    elif file.endswith(".safetensors"):
        data = draw(_broken_weights(original))
    else:
        text = original.decode()
        data = draw(st.one_of(broken_json([text]), broken_json([text]), broken_bytes([original])))
    return f"{folder} {file}\n".encode() + data


def inputs():
    _folders()
    return _broken()


def _laid(folder, file, data, place):
    """Fill an empty folder: links to what is whole, and the broken file."""
    whole = _folders()[1] / folder
    for path in whole.iterdir():
        if path.name != file:
            os.symlink(path, place / path.name)
    if file.endswith(".safetensors"):
        original = (whole / file).read_bytes()
        data += original[len(_header(original)) :]
    (place / file).write_bytes(data)


def attempt(data):
    """Tell what it would take, load it, score with it, and ask for its own answer."""
    from tests.support.vision_models import picture

    line, _, content = data.partition(b"\n")
    folder, _, file = line.decode().partition(" ")
    name, options = ASKED[folder]
    whole = picture(0, (40, 30)) if folder == "llava" else "not a bad film at all"
    with tempfile.TemporaryDirectory() as at:
        _laid(folder, file, content, Path(at))
        options = {"model": at, **options}
        forecast = backends()[name].forecast(options)
        try:
            backend = load_backend(name, **options).settle(whole)
            scores = backend.score([whole, whole])
            assert scores.shape == (2,)
            assert not np.isnan(scores).any() or file.endswith(".safetensors")
            backend.reply(whole)
            backend.notes()
            backend.token_spans("not bad") if folder != "llava" else None
        except SpexError as error:
            if forecast.problem:
                assert forecast.problem.isprintable(), forecast.problem
            raise error
        finally:
            shared.release()


KIND = Kind("model_folders", inputs, attempt, "txt", in_tests=60)
