"""A model's own answer: the likeliest token each time, by transformers' `generate` without any of the model's settings.

What a model is published with (sampling, penalties for repetition, a length) would change which token is likeliest, and
`generate` takes from there whatever it isn't told. Only the tokens that end an answer are kept of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spex_core.models.whole_import import whole

if TYPE_CHECKING:
    from torch import Tensor


class Speaker:
    """Makes a loaded network speak, one call at a time.

    Attributes:
        ends: every token that ends an answer: by the network's settings, its config and its tokenizer.
    """

    def __init__(self, network: Any, tokenizer: Any) -> None:
        """Take a `PreTrainedModel` in eval mode, whose generation settings are emptied, and its tokenizer."""
        self._network = network
        self._tokenizer = tokenizer
        self.ends: frozenset[int] = frozenset().union(
            *map(_ends, (network.generation_config, network.config, tokenizer))
        )
        network.generation_config = self._settings()

    def say(
        self, inputs: dict[str, Tensor], most: int, enough: Callable[[str], bool] | None = None, markers: bool = False
    ) -> str:
        """The answer to one prompt, blanks around it left out; may be "".

        Args:
            inputs: arguments of the network; `input_ids` (1, t) among them.
            most: tokens, at least 1.
            enough: whether what was said so far will do.
            markers: whether special tokens are told too.
        """
        import torch

        prompt = inputs["input_ids"]
        begun = prompt.shape[1]

        def stop(ids: Tensor, _scores: Any, **_more: Any) -> Tensor:
            said = enough is not None and enough(self._text(ids[0, begun:].tolist()))
            return torch.tensor([said], device=ids.device)

        settings = self._settings(do_sample=False, use_cache=True, max_new_tokens=most)
        criteria = {} if enough is None else {"stopping_criteria": [stop]}
        with torch.inference_mode():
            whole = self._network.generate(
                **inputs, attention_mask=torch.ones_like(prompt), generation_config=settings, **criteria
            )
        return self._text(whole[0, begun:].tolist(), markers).strip()

    def _settings(self, **more: Any) -> Any:
        return whole("transformers").GenerationConfig(eos_token_id=sorted(self.ends) or None, **more)

    def _text(self, tokens: list[int], markers: bool = False) -> str:
        """Decoded without the token that ended it; a character that was cut off in its middle is left out."""
        said = tokens[:-1] if tokens and tokens[-1] in self.ends else tokens
        return str(self._tokenizer.decode(said, skip_special_tokens=not markers)).rstrip("\ufffd")


def _ends(settings: Any) -> set[int]:
    ids = getattr(settings, "eos_token_id", None)
    return set(ids) if isinstance(ids, (list, tuple)) else {ids} if ids is not None else set()
