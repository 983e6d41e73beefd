import gc
import json
import shutil
import socket
import weakref

import pytest

from spex_core.errors import InputError, ModelError
from spex_core.models import cost as models_cost
from spex_core.models import device
from spex_core.models.registry import load_backend
from spex_core.models.shared import shared
from spex_core.models.vision import cost, loading
from spex_core.models.vision.forecast import DEFAULT_MODEL, PUBLISHED, forecast
from spex_core.models.vision.loading import shared_model
from tests.support.vision_models import make_model, picture


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


@pytest.fixture(autouse=True)
def fresh():
    shared.release()
    yield
    shared.release()


@pytest.fixture
def offline(monkeypatch):
    def fail(*_arguments, **_more):
        raise socket.gaierror("name or service not known")

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def load(model):
    return load_backend("llava-next", model=str(model), question="is there a dog?", answer="yes")


def test_runs_share_one_copy(folder):
    first, second = load(folder), load(folder)
    assert first.model is second.model


def test_dropped_models_are_let_go(made, tmp_path):
    models = [shared_model(str(shutil.copytree(made, tmp_path / str(k)))) for k in range(3)]
    watched = [weakref.ref(model) for model in models]
    held = models[0]
    del models
    gc.collect()
    assert [ref() is not None for ref in watched] == [True, True, True]  # one held, two kept for the next run
    assert shared_model(str(tmp_path / "0")) is held
    del held
    shared.release()
    gc.collect()
    assert [ref() for ref in watched] == [None, None, None]


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="safetensors"):
        load(folder)


def test_other_types_are_refused_before_they_are_loaded(folder):
    edit(folder / "config.json", model_type="llama")
    with pytest.raises(InputError, match="of type 'llama'; this backend reads 'llava_next'"):
        load(folder)
    assert "llava_next" in forecast(str(folder), "", None).problem


def test_weights_that_do_not_fit_the_config_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["num_hidden_layers"] += 1
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="not in it"):
        load(folder)


@pytest.mark.parametrize("name", ["processor_config.json", "tokenizer.json"])
def test_a_folder_without_a_processor_is_one_line(folder, name):
    (folder / name).unlink()
    with pytest.raises((InputError, ModelError)) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("broken", ["[1]", "{", ""])
def test_a_broken_config_is_refused(folder, broken):
    (folder / "config.json").write_text(broken)
    with pytest.raises(InputError, match=r"config\.json"):
        load(folder)


def test_neither_folder_nor_id_is_refused(tmp_path):
    for name in (str(tmp_path / "nothing"), "a b", "../x", "a/b/c"):
        with pytest.raises(InputError, match="neither a folder"):
            load(name)
        assert "neither a folder" in forecast(name, "", None).problem


def test_without_a_network_it_says_so_at_once(offline):
    with pytest.raises(ModelError, match="give the folder") as caught:
        load("someone/some-llava-model-that-is-not-here")
    assert "\n" not in str(caught.value)


def test_a_model_that_does_not_fit_is_refused_with_the_number(folder, monkeypatch):
    monkeypatch.setattr(device, "free_bytes", lambda _: 1_000_000)
    with pytest.raises(InputError, match=r"needs about 0\.\d GB and 0\.0 GB are free"):
        load(folder)


def test_idle_models_make_room(made, tmp_path, monkeypatch):
    kept = weakref.ref(shared_model(str(shutil.copytree(made, tmp_path / "first"))))

    def free(_):
        gc.collect()
        return 1_000_000 if kept() is not None else 10**12

    monkeypatch.setattr(device, "free_bytes", free)
    assert shared_model(str(shutil.copytree(made, tmp_path / "second"))) is not None
    assert kept() is None


def test_loading_and_answering_say_nothing(folder, capfd):
    load(folder).reply(picture(0))
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_a_folders_forecast(folder):
    found = forecast(str(folder), "is there a dog?", (128, 96))
    assert (found.download_bytes, found.problem) == (0, "")
    model = load(folder).model
    assert abs(found.tokens - len(model.prompts.ids("is there a dog?", (128, 96)))) <= 15
    assert found.memory_bytes < found.free_bytes
    assert found.passes_per_second > 0
    assert forecast(str(folder), "", None).tokens is None


def test_the_default_model_is_forecast_before_it_is_here(offline, monkeypatch):
    from spex_core.models.vision import forecast as vision_language_forecast

    monkeypatch.setattr(vision_language_forecast, "find_folder", lambda _: None)
    monkeypatch.setattr(vision_language_forecast, "best_device", lambda: "cpu")
    monkeypatch.setattr(vision_language_forecast, "choose_dtype", lambda *_: "float32")
    monkeypatch.setattr(models_cost, "free_bytes", lambda _: 16 * 10**9)
    small = forecast(DEFAULT_MODEL, "what is this?", (626, 351))
    assert small.download_bytes == 15_133_495_296
    assert small.memory_bytes > 4 * 7_566_747_648
    assert (
        small.problem
        == f"the model needs about {small.memory_bytes / 1e9:.1f} GB and 16.0 GB are free on this machine; "
        "choose a smaller model"
    )
    assert small.passes_per_second is None
    monkeypatch.setattr(models_cost, "free_bytes", lambda _: 10**12)
    monkeypatch.setattr(models_cost, "flops_per_second", lambda *_: 1e12)
    large = forecast(DEFAULT_MODEL, "what is this?", (626, 351))
    assert (large.problem, small.tokens) == ("", large.tokens)
    assert large.tokens == pytest.approx(1870, abs=10)
    assert large.flops == pytest.approx(29.6e12, rel=0.03)
    assert large.passes_per_second == pytest.approx(1e12 * cost.EFFICIENCY["cpu"] / large.flops)


def test_a_folder_laid_out_as_on_the_hub_scores_the_same(folder):
    expected = load(folder).score([picture(0)])
    settings = json.loads((folder / "processor_config.json").read_text())
    images = settings.pop("image_processor")
    images = {**images, "image_processor_type": "LlavaNextImageProcessor", "processor_class": "LlavaNextProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(images))
    (folder / "processor_config.json").write_text(json.dumps(settings))
    (folder / "chat_template.json").write_text(
        json.dumps({"chat_template": (folder / "chat_template.jinja").read_text(encoding="utf-8")})
    )
    (folder / "chat_template.jinja").unlink()
    shared.release()
    again = load(folder)
    assert again.score([picture(0)]) == pytest.approx(expected, abs=1e-4)
    assert again.model.prompts.text("is there a dog?").startswith("user :")


def test_an_unknown_model_is_forecast_without_figures(offline):
    found = forecast("someone/some-llava-model-that-is-not-here", "", (64, 64))
    assert (found.download_bytes, found.memory_bytes, found.tokens, found.problem) == (None, None, None, "")
    assert found.device in ("cpu", "cuda", "mps")


def test_precision_on_a_cpu(monkeypatch):
    from dataclasses import replace

    from spex_core.models.vision.cost import PictureFigures

    figures = PictureFigures.of(PUBLISHED[DEFAULT_MODEL])
    for instructions, model, wanted in (
        (True, figures, "bfloat16"),
        (False, figures, "float32"),
        (True, replace(figures, stored="float32"), "float32"),
        (True, replace(figures, parameters=10**6), "float32"),
    ):
        monkeypatch.setattr(cost, "has_bf16", lambda found=instructions: found)
        assert cost.choose_dtype("cpu", model) == wanted
    assert cost.choose_dtype("mps", figures) == "float16"


def test_the_first_file_of_the_hub_is_its_config(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_: str(tmp_path / "config.json"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [])
    monkeypatch.setattr(loading, "fetch_folder", lambda _: pytest.fail("downloaded"))
    with pytest.raises(InputError, match="of type 'llama'"):
        load("someone/a-language-model-that-is-not-here")
