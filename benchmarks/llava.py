"""Masked passes per second of a LLaVA-NeXT model, against one picture at a time through processor and model.

Run from the repository root: `python benchmarks/llava.py [--model FOLDER] [--picture FILE] [--grid 8x6] [--masks 64]
[--repeats 3]`; without a model, the built-in one on a drawn scene. Both routes score the same masks of the same
picture, taking turns; the median of the repeats is printed, with the largest difference. "one by one" makes one masked
picture at a time, calls the library's processor, and the model once for each of the two answers, with torch's own
number of threads; "one pass" is the same with both answers read off one pass, which answers of one token allow; "ours"
makes the pictures of a batch, and scores them together. Threads are as the environment sets them (OMP_NUM_THREADS).
The last line compares the speed reached with that of a large matrix product (models.vision.cost.EFFICIENCY).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.arrays import BoolArray, FloatArray
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import read_picture
from spex_core.models.backends.scenes import FOLDER
from spex_core.models.device import flops_per_second
from spex_core.models.registry import load_backend
from spex_core.models.vision.backend import VisionLanguageBackend

QUESTION = "is there a dog and a ball?"
MASK_SEED = 0


def plain_route(
    backend: VisionLanguageBackend, masker: ImageMasker, one_pass: bool
) -> Callable[[BoolArray], FloatArray]:
    """One picture at a time, as the library's documentation does it.

    Args:
        one_pass: read both answers off one pass; they must be of one token each.
    """
    import torch

    model = backend.model
    prompt = model.prompts.text(QUESTION)
    yes, no = (model.prompts.answer_ids(text, QUESTION) for text in ("yes", "no"))

    def log_probability(image: object, answer: tuple[int, ...]) -> float:
        inputs = model.processor(images=image, text=prompt, return_tensors="pt").to(model.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(getattr(torch, model.dtype))
        ids = torch.tensor([answer], device=model.device)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], ids], dim=1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        with torch.inference_mode():
            logits = model.network(**inputs, logits_to_keep=len(answer) + 1).logits[0, :-1]
        return float(logits.float().log_softmax(-1).gather(1, ids.T).sum())

    def one(mask: BoolArray) -> float:
        image = masker.apply(mask[None])[0]
        if one_pass:
            inputs = model.processor(images=image, text=prompt, return_tensors="pt").to(model.device)
            inputs["pixel_values"] = inputs["pixel_values"].to(getattr(torch, model.dtype))
            with torch.inference_mode():
                logits = model.network(**inputs, logits_to_keep=1).logits[0, -1].float()
            return float(logits[yes[0]] - logits[no[0]])
        return log_probability(image, yes) - log_probability(image, no)

    return lambda masks: np.array([one(mask) for mask in masks])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--size", default="128x96", help="of a random picture, where none is given")
    parser.add_argument("--grid", default="8x6")
    parser.add_argument("--masks", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()

    import torch
    from PIL import Image

    options = {"question": QUESTION, "answer": "yes", "against": "no"}
    if arguments.model:
        backend = load_backend("llava-next", model=arguments.model, **options)
    elif FOLDER.is_dir():
        backend = load_backend("scenes", **options)
    else:
        sys.exit("assets/models/scenes is not here; give a model folder with --model")
    assert isinstance(backend, VisionLanguageBackend)
    width, height = map(int, arguments.size.split("x"))
    if arguments.picture:
        image = read_picture(arguments.picture.read_bytes())
    else:
        noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(noise)
    columns, rows = map(int, arguments.grid.split("x"))
    masker = ImageMasker(image, (columns, rows))
    masks = np.random.default_rng(MASK_SEED).random((arguments.masks, masker.n_features)) < 0.5
    step = backend.batch_size(masker)
    function = backend.value_function(masker)

    def ours(masks: BoolArray) -> FloatArray:
        return np.concatenate([function(masks[k : k + step]) for k in range(0, len(masks), step)])

    routes = {"one by one": plain_route(backend, masker, one_pass=False), "ours": ours}
    if all(len(backend.model.prompts.answer_ids(text, QUESTION)) == 1 for text in ("yes", "no")):
        routes = {"one by one": routes["one by one"], "one pass": plain_route(backend, masker, True), "ours": ours}
    results = {name: route(masks[: max(2, len(masks) // 8)]) for name, route in routes.items()}  # to warm up
    wall: dict[str, list[float]] = {name: [] for name in routes}
    work: dict[str, list[float]] = {name: [] for name in routes}
    for _ in range(arguments.repeats):
        for name, route in routes.items():
            start, used = time.perf_counter(), time.process_time()
            results[name] = route(masks)
            wall[name].append((time.perf_counter() - start) / len(masks))
            work[name].append((time.process_time() - used) / len(masks))
    model = backend.model
    flops = model.flops(image.size)
    print(
        f"{model.device}, {model.dtype}, {torch.get_num_threads()} torch threads, {image.width} x {image.height}, "
        f"{model.largest_batch(image.size)} per batch, {step} per call, {flops / 1e9:.2f} GFLOP per pass"
    )
    seconds = {name: statistics.median(times) for name, times in wall.items()}
    used = {name: statistics.median(times) for name, times in work.items()}
    for name in routes:
        ratio, work_ratio = seconds[name] / seconds["ours"], used[name] / used["ours"]
        print(
            f"  {name:10s} {1 / seconds[name]:8.1f} passes/s {1e3 * used[name]:8.2f} ms of CPU per pass"
            f"   ours {ratio:5.2f} times as fast ({work_ratio:.2f} in CPU time)"
        )
    print(f"  largest difference {np.abs(results['ours'] - results['one by one']).max():.1e}")
    product = flops_per_second(model.device, model.dtype)
    print(
        f"  {flops / seconds['ours'] / 1e9:.0f} GFLOP/s, {flops / seconds['ours'] / product:.2f} of a matrix product's"
    )


if __name__ == "__main__":
    main()
