import pytest
from hypothesis import given
from hypothesis import strategies as st

from spex_core.errors import InputError, TextError
from spex_core.inputs.segmentation import check_texts
from spex_core.models.language.prompts import Prompter, shared_start, stand_in, token_spans
from tests.support.language_models import INSTRUCTION, KINDS, QUESTION, TEXT, tokenizer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [TEXT, "x", "two\n\nparagraphs"])
def test_a_chat_prompt_is_what_the_template_writes(kind, text):
    tokens = tokenizer(kind)
    user = f"{text}\n\n{QUESTION}"
    messages = [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": user}]
    if kind == "mistral":  # has no system message
        messages = [{"role": "user", "content": f"{INSTRUCTION}\n\n{user}"}]
    expected = tokens.apply_chat_template(
        messages, add_generation_prompt=True, return_dict=False, date_string="26 Jul 2024"
    )
    assert Prompter(tokens, INSTRUCTION, QUESTION).ids([text]) == [expected]


@pytest.mark.parametrize("template", ["chat", "plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_begins_with_one_bos_where_there_is_one(kind, template):
    tokens = tokenizer(kind)
    (ids,) = Prompter(tokens, INSTRUCTION, QUESTION, template).ids([TEXT])
    adds = kind in ("llama", "mistral") or (kind == "olmo2" and template == "chat")
    assert (ids[0] == tokens.bos_token_id) == adds
    assert ids.count(tokens.bos_token_id) == adds


def test_the_date_in_a_template_is_fixed():
    assert "Today Date: 26 Jul 2024" in Prompter(tokenizer("llama")).write(TEXT)


@pytest.mark.parametrize("template", ["chat", "plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_prompt_begins_with_the_prefix_and_holds_the_frame(kind, template):
    prompter = Prompter(tokenizer(kind), INSTRUCTION, QUESTION, template)
    assert len(prompter.prefix) > 10
    for text in ["", "... ...", TEXT, "<unk> 你好", "\n\nx"]:
        assert prompter.ids([text])[0][: len(prompter.prefix)] == prompter.prefix
        assert prompter.write(text) == prompter.frame.head + text.strip() + prompter.frame.tail


def test_a_plain_answer_continues_the_prompt_as_one_text():
    tokens = tokenizer("qwen2")
    prompter = Prompter(tokens, "", QUESTION, "plain")
    answer = prompter.answer_ids("True")
    joint = tokens(prompter.write(TEXT) + " True", add_special_tokens=False)["input_ids"]
    assert prompter.ids([TEXT])[0] + answer == joint
    assert tokens.decode(answer) == " True"
    assert answer != tokens("True", add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize(
    ("instruction", "question", "written", "gap"),
    [
        ("Review: good.\nSentiment: positive\n\nReview:", "Sentiment:", "{0} x\nSentiment:", " "),  # a label each
        ("Review: good.\nSentiment: positive\n\nReview: ", "\nSentiment:", "{0}x\nSentiment:", " "),  # typed in full
        ("Q:", "\nA: ", "Q: x\nA:", " "),
        ("Q:\n", "\nA:\n", "Q:\nx\nA:", "\n"),
        ("", "so it is", "x\n\nso it is", " "),  # left open
        ("", " so it is", "x so it is", " "),
        ("Read.", "Is it good?", "Read.\n\nx\n\nIs it good?\nAnswer:", " "),  # a sentence
        ("Read.", "Say “it is good.”", "Read.\n\nx\n\nSay “it is good.”\nAnswer:", " "),
        ("Read.", "", "Read.\n\nx", " "),
        (" \n", " \n", "x", " "),
    ],
)
def test_a_plain_prompt_is_as_it_is_typed(instruction, question, written, gap):
    prompter = Prompter(tokenizer("qwen2"), instruction, question, "plain")
    assert prompter.write("x") == written.format(instruction)
    assert prompter.frame.gap == gap
    assert not prompter.frame.chat


def test_without_a_template_of_its_own_a_model_is_asked_for_an_answer():
    class _Bare:
        chat_template = None

        def __getattr__(self, name):
            return getattr(tokenizer("qwen2"), name)

        def __call__(self, *given, **options):
            return tokenizer("qwen2")(*given, **options)

    assert Prompter(_Bare(), "Read.", "Sentiment:").write("x") == "Read.\n\nx\n\nSentiment:\nAnswer:"


def test_an_answer_that_would_grow_into_the_prompt_is_tokenised_apart():
    tokens = tokenizer("qwen2")
    prompter = Prompter(tokens, "", "", "plain")
    merged = "xTrue"  # the byte-level tokenizer sees one word where no blank stands between
    object.__setattr__(prompter.frame, "tail", "Answer: Fal")
    object.__setattr__(prompter.frame, "gap", "")
    (before,) = prompter.ids([merged])
    joint = tokens(prompter.write(merged) + "se", add_special_tokens=False)["input_ids"]
    assert joint[: len(before)] != before
    assert prompter.answer_ids("se") == tokens("se", add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize(("kind", "gap"), [("llama", ""), ("qwen2", ""), ("mistral", " "), ("olmo2", "")])
def test_white_space_before_an_answer_is_the_templates_own(kind, gap):
    assert Prompter(tokenizer(kind)).frame.gap == gap


@pytest.mark.parametrize("kind", KINDS)
def test_an_answers_tokens_do_not_depend_on_the_text(kind):
    prompter = Prompter(tokenizer(kind), "", QUESTION)
    answer = prompter.answer_ids("True, I think")
    for text in ["", "a", "...", TEXT]:
        joint = prompter.write(text) + prompter.frame.gap + "True, I think"
        ids = tokenizer(kind)(joint, add_special_tokens=False)["input_ids"]
        assert prompter.ids([text])[0] + answer == ids


def test_an_empty_prompt_begins_with_something():
    assert Prompter(tokenizer("qwen2"), template="plain").ids([""]) == [[tokenizer("qwen2").eos_token_id]]


def test_wrong_settings_are_refused():
    with pytest.raises(InputError, match="template='poem'"):
        Prompter(tokenizer("llama"), template="poem")
    with pytest.raises(InputError, match="answer is empty"):
        Prompter(tokenizer("llama")).answer_ids("  ")


class _NoTemplate:
    chat_template = None


def test_chat_without_a_template_is_refused():
    with pytest.raises(InputError, match='template="plain"'):
        Prompter(_NoTemplate(), template="chat")


@given(st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=5))
def test_the_shared_start_is_the_longest(rows):
    same = shared_start(rows)
    assert all(row[: len(same)] == same for row in rows)
    assert any(len(row) == len(same) for row in rows) or len({row[len(same)] for row in rows}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_token_spans_cover_the_text(kind):
    spans = token_spans(tokenizer(kind), TEXT)
    assert "".join(TEXT[a:b] for a, b in spans).replace(" ", "") == TEXT.replace(" ", "")


def test_only_a_token_of_its_own_stands_for_a_word():
    assert stand_in(tokenizer("mistral"), "unk_token", "mask_token") == "<unk>"
    assert stand_in(tokenizer("qwen2"), "unk_token", "mask_token") == ""


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="list of texts"):
        check_texts("text")
    with pytest.raises(InputError, match="entry 1 must be a string, not int"):
        check_texts(["a", 3])
    with pytest.raises(TextError, match="surrogate"):
        check_texts(["\ud800"])
