"""Questions about scenes: each answer is checked against the scene by a rule of its own."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.toys.scenes.questions import KINDS_OF_QUESTION, NUMBERS, PLURALS, SEEN, UNSEEN, WORDS, View, ask, view
from spex_core.toys.scenes.world import COLOURS, KINDS, Scene, Thing, random_scene, visible_share


def _truth(question: str, seen: View) -> str | None:
    """The answer, from the words of the question alone; None where the question does not apply."""
    kinds = [thing.kind for thing in seen.things]
    singular = {plural: kind for kind, plural in PLURALS.items()}
    if found := re.fullmatch(r"is there an? (\w+)( and an? (\w+))?\?", question):
        wanted = [name for name in (found[1], found[3]) if name]
        return "yes" if all(kind in kinds for kind in wanted) else "no"
    if found := re.fullmatch(r"is there an? (\w+) (\w+)\?", question):
        return "yes" if any((t.colour, t.kind) == (found[1], found[2]) for t in seen.things) else "no"
    if found := re.fullmatch(r"what colour is the (\w+)\?", question):
        colours = {thing.colour for thing in seen.things if thing.kind == found[1]}
        return colours.pop() if kinds.count(found[1]) == 1 else None
    if found := re.fullmatch(r"how many (\w+) are there\?", question):
        return NUMBERS[kinds.count(singular[found[1]])]
    if found := re.fullmatch(r"is the (\w+) left of the (\w+)\?", question):
        where = {thing.kind: thing.x for thing in seen.things}
        return "yes" if where[found[1]] < where[found[2]] else "no"
    assert question == "what is shown?"
    return None


@given(st.integers(0, 10_000), st.sampled_from(KINDS_OF_QUESTION), st.booleans())
@settings(deadline=None, max_examples=300)
def test_answers_are_true(seed: int, kind: str, partly_hidden: bool) -> None:
    rng = np.random.default_rng(seed)
    scene = random_scene(rng)
    kept = rng.random((4, 6)) < 0.6 if partly_hidden else None
    seen = view(scene, kept)
    question = ask(seen, kind, rng)
    if question is None:
        return
    assert question.kind == kind
    words = question.text.replace("?", " ?").split() + question.answer.split()
    assert set(words) <= set(WORDS)
    truth = _truth(question.text, seen)
    if truth is not None:
        assert question.answer == truth
    else:
        listed = re.findall(r"an? (\w+) (\w+)", question.answer)
        assert sorted(listed) == sorted((thing.colour, thing.kind) for thing in seen.things)
        assert (question.answer == "nothing") == (not seen.things)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=100)
def test_nothing_is_asked_about_what_is_half_hidden(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, 4)
    kept = rng.random((6, 8)) < 0.5
    seen = view(scene, kept)
    shares = {thing: visible_share(thing, kept) for thing in scene.things}
    assert seen.unsure == {thing.kind for thing, share in shares.items() if UNSEEN < share < SEEN}
    for kind in KINDS_OF_QUESTION:
        question = ask(seen, kind, rng)
        if question is not None:
            named = {name for name in KINDS if re.search(rf"\b({name}|{PLURALS[name]})\b", question.text)}
            assert not named & seen.unsure


def test_every_kind_of_question_is_asked_with_both_answers() -> None:
    answers: dict[str, set[str]] = {}
    for seed in range(400):
        rng = np.random.default_rng(seed)
        seen = view(random_scene(rng))
        for kind in KINDS_OF_QUESTION:
            question = ask(seen, kind, rng)
            if question is not None:
                answers.setdefault(kind, set()).add(question.answer)
    for kind in ("presence", "joint presence", "coloured thing", "left or right"):
        assert answers[kind] == {"yes", "no"}
    assert answers["colour"] == set(COLOURS)
    assert {"zero", "one", "two", "three"} <= answers["count"]
    assert "nothing" in answers["what is shown"]


def test_captions_read_lines_from_the_left() -> None:
    scene = Scene(
        (Thing("cup", "red", 100, 20, 16), Thing("dog", "orange", 30, 22, 16), Thing("car", "blue", 20, 80, 16))
    )
    question = ask(view(scene), "what is shown", np.random.default_rng(0))
    assert question is not None
    assert question.answer == "an orange dog and a red cup and a blue car"
