"""What a tokenizer does not know is said before anything is paid for."""

import shutil

import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import spex_core
from spex_core.errors import InputError
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.folders import quiet
from spex_core.models.language.vocabulary import unknown_share
from spex_core.models.registry import backends, load_backend
from tests.support.language_models import KINDS, TEXT, classifier_tokenizer, save, save_classifier, tokenizer

THAI = "ฉันรักหนังเรื่องนี้มาก"
BERT_FILES = ("tokenizer.json", "vocab.txt")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    with quiet():
        save_classifier(root / "distilbert")
        save_classifier(root / "roberta", "roberta")
        for kind in ("llama", "qwen2", "mistral"):
            save(root / kind, kind)
    return root


@pytest.fixture
def folder(made, tmp_path):
    return lambda kind: shutil.copytree(made / kind, tmp_path / kind)


def drop(folder, *kept):
    for path in folder.iterdir():
        if path.name not in ("config.json", "model.safetensors", "generation_config.json", *kept):
            path.unlink()


@pytest.mark.parametrize("kept", [(), ("tokenizer_config.json",), ("tokenizer_config.json", "special_tokens_map.json")])
@pytest.mark.parametrize(
    ("kind", "backend"),
    [
        ("distilbert", "hf-classifier"),
        ("roberta", "hf-classifier"),
        ("llama", "hf-causal-lm"),
        ("qwen2", "hf-causal-lm"),
    ],
)
def test_missing_tokenizer_files_are_named(folder, kind, backend, kept):
    bare = folder(kind)
    drop(bare, *kept)
    with pytest.raises(InputError, match="the tokenizer files are missing from"):
        load_backend(backend, model=str(bare))
    assert "tokenizer files are missing" in backends()[backend].forecast({"model": str(bare)}, TextMasker(TEXT)).problem


def test_empty_and_half_tokenizer_files_are_missing_ones(folder):
    bare = folder("distilbert")
    drop(bare)
    (bare / "vocab.txt").write_text("")
    with pytest.raises(InputError, match="the tokenizer files are missing from"):
        load_backend("hf-classifier", model=str(bare))
    (bare / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    with pytest.raises(InputError, match="special tokens only"):
        load_backend("hf-classifier", model=str(bare))
    bare = folder("roberta")
    drop(bare)
    (bare / "vocab.json").write_text('{"a": 0}')
    with pytest.raises(InputError, match=r"no merges\.txt"):
        load_backend("hf-classifier", model=str(bare))


def of_another_kind(folder):
    """A model's folder with a tokenizer that knows ten English words."""
    words = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", *["the", "a", "film", "is", "not", "bad", "at", "all", "good", "slow"]]
    core = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    drop(folder)
    tokens = transformers.PreTrainedTokenizerFast(tokenizer_object=core, unk_token="[UNK]", pad_token="[PAD]")
    tokens.save_pretrained(folder)
    return str(folder)


def test_a_text_that_is_mostly_unknown_is_refused(folder):
    backend = load_backend("hf-classifier", model=of_another_kind(folder("distilbert")), label="0")
    with pytest.raises(InputError, match=r"all of the text is unknown to the tokenizer of distilbert"):
        spex_core.explain_text(THAI, backend, budget=16)
    with pytest.raises(InputError, match=r"7\d % of the text is unknown"):
        spex_core.explain_text("the film perplexed us exceedingly", backend, budget=16)


@pytest.mark.parametrize("kind", ["distilbert", "llama"])
def test_a_share_that_is_unknown_is_a_note(folder, kind):
    name = of_another_kind(folder(kind))
    options = {"label": "0"} if kind == "distilbert" else {"answer": "good", "template": "plain"}
    backend = load_backend("hf-classifier" if kind == "distilbert" else "hf-causal-lm", model=name, **options)
    notes = spex_core.explain_text("the film is not odd at all", backend, budget=16).notes
    assert [note for note in notes if "15 % of the text is unknown to the model's tokenizer" in note]
    notes = spex_core.explain_text("the film is not bad at all", backend, budget=16).notes
    assert not [note for note in notes if "is unknown" in note]


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize("answer", ["perplexing", "good grief", THAI])
def test_an_answer_that_is_unknown_is_refused_by_name(folder, answer, against):
    name = of_another_kind(folder("llama"))
    options = {"answer": "good", "against": answer} if against else {"answer": answer}
    with pytest.raises(InputError, match=f"tokenizer does not know .*the answer “{answer}”"):
        load_backend("hf-causal-lm", model=name, template="plain", **options)


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2"])
def test_a_tokenizer_of_another_kind_does_not_know_the_answer(folder, kind):
    """The library reads such a file by the class of the model's type, which makes nothing of it."""
    mixed = folder(kind)
    drop(mixed)
    classifier_tokenizer().save_pretrained(mixed)
    (mixed / "tokenizer_config.json").unlink()
    with pytest.raises(InputError, match=r"the model's tokenizer does not know .*the answer “Zq≠”"):
        load_backend("hf-causal-lm", model=str(mixed), answer="Zq≠", template="plain")
    backend = load_backend("hf-causal-lm", model=str(mixed), answer="the", template="plain")
    with pytest.raises(InputError, match="of the text is unknown to the tokenizer of"):
        spex_core.explain_text(f"QQ ZZ {THAI}", backend, budget=16)


def test_two_answers_that_are_one_to_the_tokenizer_are_refused(folder):
    mixed = folder("llama")
    drop(mixed)
    lower = classifier_tokenizer()
    transformers.PreTrainedTokenizerFast(tokenizer_object=lower.backend_tokenizer, unk_token="[UNK]").save_pretrained(
        mixed
    )
    with pytest.raises(InputError, match="“True” and “true” are the same to the model's tokenizer"):
        load_backend("hf-causal-lm", model=str(mixed), answer="True", against="true", template="plain")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [TEXT, THAI, "naïve café 🙂", "a\u200bb", "", " \n"])
def test_byte_level_tokenizers_know_everything(kind, text):
    assert unknown_share(tokenizer(kind), text) == 0


def test_shares_are_of_the_characters_that_can_be_seen():
    tokens = classifier_tokenizer()
    assert unknown_share(tokens, TEXT[:-1]) == 0
    assert unknown_share(tokens, "the film \U0001f642\U0001f642\U0001f642") == pytest.approx(0.3)
    assert unknown_share(tokens, "the film [UNK] 12") == 0  # spelt out, as a hidden word is
    assert unknown_share(tokens, THAI) == 1


def test_a_tokenizer_without_any_special_token_will_do(folder):
    bare = folder("qwen2")
    drop(bare)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer("qwen2").backend_tokenizer).save_pretrained(bare)
    backend = load_backend("hf-causal-lm", model=str(bare), answer="True", question="Is it good?")
    assert spex_core.explain_text("the film is good", backend, budget=16).evaluations == 16
