"""Scoring masked prompts of a causal language model, against one plain forward pass per prompt.

Run from the repository root: `python benchmarks/language.py [--masks 32] [--repeats 3]`. The model is a random Llama of
31 million parameters; the prompt has an instruction of 340 tokens, a text of 150 and an answer of 17. Both routes score
the same masks on one thread, taking turns; what is printed is the ratio of their processor times (medians) and the
largest difference of their log-probabilities. The plain route computes the answer's logits only, as ours does. The
embedded SmolLM2 is measured beside passes that compute all logits, as a first loop over masks would be written.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # one worker, so that processor time is what is compared

import numpy as np

from spex_core.arrays import FloatArray
from spex_core.inputs.maskers.text import TextMasker
from spex_core.models.folders import quiet
from spex_core.models.registry import load_backend

PREFIX, BODY, ANSWER = 340, 150, 17
VOCABULARY = 8000
SHOTS = (
    "Review: A delight from start to finish.\nSentiment: positive\n\n"
    "Review: A dull and lifeless mess.\nSentiment: negative\n\nReview:"
)
REVIEW = (
    "I expected a masterpiece, but the brilliant cast could not save this tedious, overlong mess, and after two hours "
    "I was glad to be out in the rain again. The music is loud where it should be quiet, the jokes are old, and the "
    "one scene that moved me is cut off by another chase."
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--masks", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()

    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder, quiet():
        network = save_model(folder)
        words = [" ".join(f"w{k}" for k in rng.integers(0, VOCABULARY - 8, count)) for count in (PREFIX, BODY, ANSWER)]
        backend: Any = load_backend(
            "hf-causal-lm", model=folder, instruction=words[0], answer=words[2], template="plain", precision="float32"
        )
    answer = backend.prompter.answer_ids(words[2])
    size = sum(weight.numel() for weight in network.parameters())
    print(f"{size / 1e6:.0f} M parameters, {len(backend.prompter.prefix)} + {BODY} + {len(answer)} tokens")
    for masking in ("unk", "removal"):
        masker = TextMasker(words[1], "word", masking, mask_token=backend.mask_token)
        texts = masker.apply(rng.random((arguments.masks, masker.n_features)) < 0.5)
        prompts = backend.prompter.ids(texts)
        routes: dict[str, Callable[[], FloatArray]] = {
            "one by one": lambda p=prompts: np.array([plain(network, row, answer) for row in p]),
            "ours": lambda t=texts: backend.score(t),
        }
        results = {name: route() for name, route in routes.items()}  # to warm up
        seconds: dict[str, list[float]] = {name: [] for name in routes}
        for _ in range(arguments.repeats):
            for name, route in routes.items():
                start = time.process_time()
                route()
                seconds[name].append(time.process_time() - start)
        ratio = statistics.median(seconds["one by one"]) / statistics.median(seconds["ours"])
        error = np.abs(results["one by one"] - results["ours"]).max()
        print(f"{masking:8s} {arguments.masks} masks: {ratio:.1f} x one by one; difference <= {error:.0e}")
    smollm2(arguments.masks, arguments.repeats)


def smollm2(masks: int, repeats: int) -> None:
    """The embedded chat model on a prompt half of which all masks share, against one pass each with all logits."""
    backend: Any = load_backend(
        "smollm2", instruction=SHOTS, question="Sentiment:", answer="negative", against="positive", template="plain"
    )
    network, answers = backend.language._network, backend._answers
    masker = TextMasker(REVIEW, "word", "removal", mask_token=backend.mask_token)
    texts = masker.apply(np.random.default_rng(0).random((masks, masker.n_features)) < 0.5)
    prompts = backend.prompter.ids(texts)
    tokens = sum(map(len, prompts)) / masks
    print(f"smollm2: {len(backend.prompter.prefix)} of {tokens:.0f} tokens of a prompt are shared")
    routes: dict[str, Callable[[], FloatArray]] = {
        "one by one": lambda: np.array([-np.diff(plain_all(network, row, answers))[0] for row in prompts]),
        "ours": lambda: backend.score(texts),
    }
    results = {name: route() for name, route in routes.items()}
    seconds: dict[str, list[float]] = {name: [] for name in routes}
    for _ in range(repeats):
        for name, route in routes.items():
            start = time.process_time()
            route()
            seconds[name].append(time.process_time() - start)
    ratio = statistics.median(seconds["one by one"]) / statistics.median(seconds["ours"])
    speed = masks / statistics.median(seconds["ours"])
    error = np.abs(results["one by one"] - results["ours"]).max()
    print(f"{speed:.1f} passes per CPU-second, {ratio:.1f} x one by one with all logits; difference <= {error:.0e}")


def plain(network: Any, prompt: list[int], answer: list[int]) -> float:
    """log p(answer | prompt) by one unbatched pass."""
    import torch

    ids = torch.tensor([[*prompt, *answer]])
    with torch.inference_mode():
        logits = network(input_ids=ids, use_cache=False, logits_to_keep=len(answer) + 1).logits[0, :-1]
        logs = logits.float().log_softmax(-1)
    return float(logs.gather(1, torch.tensor(answer)[:, None]).double().sum())


def plain_all(network: Any, prompt: list[int], answers: list[list[int]]) -> list[float]:
    """log p of one-token answers by one unbatched pass that computes every position's logits."""
    import torch

    with torch.inference_mode():
        logs = network(input_ids=torch.tensor([prompt]), use_cache=False).logits[0, -1].float().log_softmax(-1)
    return [float(logs[token]) for (token,) in answers]


def save_model(folder: str) -> Any:
    """A random Llama and a tokenizer of one token per word."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    names = ["<unk>", "<s>", "</s>", "Answer:", *(f"w{k}" for k in range(VOCABULARY - 4))]
    core = Tokenizer(models.WordLevel({name: k for k, name in enumerate(names)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=core, **special).save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=512,
        intermediate_size=1376,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=1024,
    )
    network = LlamaForCausalLM(config).eval()
    network.save_pretrained(folder)
    return network


if __name__ == "__main__":
    main()
