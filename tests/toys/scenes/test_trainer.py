"""Training of the embedded picture model: lessons, packing, resuming; the trained model is tested with its backend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spex_core.inputs.maskers.image import ImageMasker
from spex_core.toys.scenes.lessons import UNCLEAR, Stage, dense_targets, hide, make_lesson
from spex_core.toys.scenes.network import make_processor
from spex_core.toys.scenes.questions import KINDS_OF_QUESTION
from spex_core.toys.scenes.trainer import Recipe, Trainer
from spex_core.toys.scenes.world import COLOURS, KINDS, Scene, Thing, draw, random_scene

STAGE = Stage(4, 6, (1.0,) * len(KINDS_OF_QUESTION), 0.5)
RECIPE = Recipe(batch=4, stages=(Stage(2, 0, (), 1.0), STAGE))


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def test_lesson_pictures_are_what_the_processor_makes() -> None:
    rng = np.random.default_rng(5)
    scene = random_scene(rng, 3)
    lesson = make_lesson(np.random.default_rng(7), STAGE)
    trainer = Trainer(RECIPE, 0, 1)
    picture = Image.fromarray(lesson.tile[16:112])
    made = make_processor()(images=picture, text="<image>", return_tensors="pt")["pixel_values"][0]
    assert torch.allclose(trainer.pixels([lesson])[0].cpu(), made, atol=1e-6)
    assert draw(scene, 128).size == (128, 96)


@pytest.mark.parametrize("how", ["blur", "mean", "grey"])
@pytest.mark.parametrize("grid", [(4, 3), (6, 4), (8, 6), (12, 9), (5, 7)])
def test_cells_are_hidden_as_the_masker_hides_them(how: str, grid: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    picture = draw(random_scene(rng, 4), 128)
    kept = rng.random((grid[1], grid[0])) < 0.5
    masked = ImageMasker(picture, grid, how).apply(kept.reshape(1, -1))[0]
    ours = hide(np.asarray(picture), kept, how).astype(int)
    assert np.abs(ours - np.asarray(masked).astype(int)).max() <= 2


def test_dense_targets_name_what_covers_a_patch() -> None:
    thing = Thing("car", "blue", 24.0, 24.0, 15.0)  # columns 16 to 32, rows 16 to 32: the third row once padded
    targets = dense_targets(Scene((thing,)), None).reshape(2, 4, 8, 8)
    tile = targets[1]
    assert tile[0, 2, 1] == tile[2, 2, 1] == 1 + KINDS.index("car")
    assert tile[1, 2, 1] == tile[3, 2, 1] == 1 + list(COLOURS).index("blue")
    rest = np.ones((8, 8), dtype=bool)
    rest[2, 1] = False
    assert not tile[0][rest].any()
    hidden = dense_targets(Scene((thing,)), np.zeros((6, 8), dtype=bool))
    assert not hidden.any()
    half = np.ones((6, 16), dtype=bool)
    half[:, 2] = False  # columns 16 to 24
    assert UNCLEAR in dense_targets(Scene((thing,)), half)[1, 2]


def test_packed_questions_are_answered_as_if_alone() -> None:
    trainer = Trainer(RECIPE, 0, 1)
    trainer.model.eval()
    lessons = [make_lesson(np.random.default_rng(k), STAGE) for k in range(3)]
    with torch.inference_mode():
        _, logits, packed = trainer.forward(lessons, STAGE, None)
        for row, lesson in enumerate(lessons):
            for number, question in enumerate(lesson.questions):
                _, alone, single = trainer.forward([replace(lesson, questions=[question])], STAGE, None)
                together = logits[row][packed["owner"][row] == number]
                assert torch.allclose(together, alone[0][single["owner"][0] == 0], atol=1e-5)


@pytest.mark.slow
def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    whole = Trainer(RECIPE, 0, 1)
    for _ in range(5):
        report = whole.train_step()
    first = Trainer(RECIPE, 0, 1)
    for _ in range(3):
        first.train_step()
    first.save(tmp_path)
    second = Trainer(RECIPE, 0, 1)
    second.restore(tmp_path)
    assert second.step == 3
    for _ in range(2):
        resumed = second.train_step()
    assert resumed == pytest.approx(report, rel=1e-4)
    for name, value in whole.parameters.items():
        assert torch.allclose(value, second.parameters[name], atol=1e-5), name


@pytest.mark.slow
def test_training_lowers_the_loss() -> None:
    trainer = Trainer(replace(RECIPE, batch=8, warm_up=5, stages=(Stage(60, 0, (), 1.0),)), 0, 1)
    losses = [trainer.train_step()["dense"] for _ in range(20)]
    assert np.mean(losses[-5:]) < 0.25 * np.mean(losses[:5])
