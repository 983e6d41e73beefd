"""The heading of a result: what was asked of which model about what."""

from dataclasses import replace

import pytest

from spex_core.models.base import ModelSpec
from spex_core.views.heading import heading, model_title
from spex_core.views.report import report
from spex_core.views.summary import summary

ASKED = {"question": "Sentiment:", "answer": "positive", "against": "negative"}


@pytest.mark.parametrize(
    ("name", "options", "asked"),
    [
        ("smollm2", ASKED, "SmolLM2 was asked “Sentiment:”: “positive” or “negative”?"),
        ("smollm2", {"question": "", "answer": "umbrella", "against": "hat"}, "SmolLM2: “umbrella” or “hat”?"),
        (
            "smollm2",
            {"question": "Born in?", "answer": "Bergen"},
            "SmolLM2 was asked “Born in?”: how likely is “Bergen”?",
        ),
        ("minilm-relevance", {"query": "How do bees dance?"}, "Relevance to a query: “How do bees dance?”"),
        ("minilm-sentiment", {}, "Review sentiment: negative or positive?"),
        ("hf-causal-lm", {"model": "/models/tiny-llama/", **ASKED}, "tiny-llama was asked “Sentiment:”: “positive” or"),
        ("elsewhere", {}, "elsewhere: negative or positive?"),
    ],
)
def test_what_was_asked_of_which_model(review, name, options, asked):
    head = heading(replace(review, model=ModelSpec(name, options)))
    assert head.asked.startswith(asked)
    assert head.title == "The food was not bad at all"
    assert head.facts == ("7 words", "1,900 passes")


def test_a_part_of_a_text_is_called_one(review):
    source = review.source
    part = replace(source, spans=source.spans[:1] + source.spans[2:], keep=(source.spans[1],))
    assert heading(replace(review, source=part)).facts[0] == "7 words, the rest always kept"


def test_a_picture_is_named_by_its_question_or_by_what_is_looked_for(pictured):
    asked = heading(pictured({(0,): 1.0}))
    assert asked.title == "is there a red ball?"
    assert asked.asked == "toy-scenes: “yes” or “no”?"
    assert asked.facts[0] == "17 patches and words"
    dog = pictured({(0,): 1.0}, question="", words=False, model=ModelSpec("photo", {"label": "dog"}))
    head = heading(replace(dog, toward=("not dog", "dog")))
    assert head.title == "A picture: dog or not?"
    assert head.asked == "What is in the photo: dog or not?"


def test_a_long_text_is_cut_and_a_function_has_no_title(explained, review):
    head = heading(explained("word " * 60, {(0,): 1.0}))
    assert len(head.title) == 90
    assert head.title.endswith("…")
    bare = replace(review, source=None, model=None)
    assert heading(bare).title == ""
    assert model_title(bare) == "A function"


def test_report_and_terminal_begin_with_the_same_head(review):
    run = replace(review, model=ModelSpec("smollm2", ASKED), output_full=-1.1, _cache={})
    run = replace(run, source=replace(run.source, expected="positive"), toward=("“negative”", "“positive”"))
    head = heading(run)
    html = report(run)
    assert f'"title":"{head.title}"' in html
    assert '"right":false' in html
    lines = list(summary(run))
    assert lines[0].startswith("Asked “Sentiment:”, smollm2 says “negative” rather than “positive”: 75 %;")
    assert lines[1] == "Wrong: it says “negative”, right is “positive”."
    assert lines[2] == "trust: High: predicts the model on unseen maskings, R² 0.95"
    assert "+ is towards “negative”" in lines[3]
