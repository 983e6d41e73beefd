"""How a LLaVA-NeXT model is asked: questions and answers as token ids, exactly as its processor writes them."""

from __future__ import annotations

import json
import threading
from string import punctuation
from typing import Any

from spex_core.errors import InputError, ModelError
from spex_core.models.language.templates import check_bounds
from spex_core.models.vision.cost import PictureFigures

PLAIN_PROMPT = "USER: {image}\n{question} ASSISTANT:"
"""Used where a processor brings no chat template: that of the first LLaVA models."""
Answer = tuple[int, ...]
"""Token ids of one answer."""

_REMEMBERED = 512
_STAND_IN = "\t\ue000the question\ue001\t"  # with blanks, which some templates leave out


class Prompts:
    """A model's chat template and tokenizer, safe to use from several threads.

    Attributes:
        mask_token: what stands for a hidden word of the question: the tokenizer's unknown token, else "...".
    """

    def __init__(self, processor: Any, config: Any, figures: PictureFigures) -> None:
        """Take the model's processor, config and cost."""
        _complete(processor, config)
        self._processor = processor
        self._tokenizer = processor.tokenizer
        self._figures = figures
        self.mask_token: str = self._tokenizer.unk_token or "..."
        self._lock = threading.Lock()  # tokenizers refuse to be used from two threads at once
        self._image_tokens: dict[tuple[int, int], int] = {}
        self._known: dict[tuple[str, tuple[int, int]], list[int]] = {}
        self._frame = self._framed()

    def text(self, question: str) -> str:
        """The text in which `question` is asked: the processor's chat template, or `PLAIN_PROMPT`.

        Raises:
            InputError: the question holds the text that stands for the picture.
            ModelError: the template fails.
        """
        token = self._processor.image_token
        if token in question:
            raise InputError(f"the question must not hold {token!r}, which stands for the picture")
        if not self._processor.chat_template:
            return PLAIN_PROMPT.format(image=token, question=question)
        if self._frame is not None:
            head, tail, trims = self._frame
            return head + (question.strip() if trims else question) + tail
        return self._rendered(question)

    def _framed(self) -> tuple[str, str, bool] | None:
        """What the chat template puts before and behind a question, and whether it leaves out blanks around it; None
        where it does something else with it."""
        if not self._processor.chat_template:
            return None
        text = self._rendered(_STAND_IN)
        for written, trims in ((_STAND_IN, False), (_STAND_IN.strip(), True)):
            head, found, tail = text.partition(written)
            if found:
                return None if _STAND_IN.strip() in tail else (head, tail, trims)
        return None

    def _rendered(self, question: str) -> str:
        """The chat template's own words, tried with bounds first."""
        content = [{"type": "image"}, {"type": "text", "text": question}]
        messages = [{"role": "user", "content": content}]
        template = self._processor.chat_template
        if isinstance(template, dict):
            template = template.get("default", "")
        given = {"messages": messages, "add_generation_prompt": True, **self._tokenizer.special_tokens_map}
        check_bounds(str(template), json.dumps(given, default=str))
        try:
            return str(self._processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
        except Exception as error:  # templates are programs of the model's author
            raise ModelError(f"the model's chat template fails: {type(error).__name__}") from error

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words of `text` that the tokenizer does not know, in order, once each; models of bytes know all."""
        unknown = self._tokenizer.unk_token_id
        words = dict.fromkeys(word.strip(punctuation) for word in text.replace(self.mask_token, " ").split())
        return tuple(word for word in words if unknown is not None and unknown in self._encode(word, alone=False))

    def answer_ids(self, answer: str, question: str) -> Answer:
        """Token ids of `answer` as it continues the prompt of `question`.

        A space goes between the two unless the prompt ends in white space or a special token. Prompt and answer are
        tokenised joined, and what follows the prompt's own ids is taken: many tokenizers have one id for a word at
        the start of a text and another after a space. Where joining changes the prompt's ids, the answer is
        tokenised apart.

        Raises:
            InputError: the answer has no token, or one that the tokenizer does not know.
        """
        prompt = self.text(question)
        before = self._encode(prompt)
        special = bool(before) and before[-1] in self._tokenizer.all_special_ids
        gap = "" if special or prompt[-1:].isspace() else " "
        joined = self._encode(prompt + gap + answer)
        continues = joined[: len(before)] == before
        ids = joined[len(before) :] if continues else self._encode(answer, alone=False)
        if not ids:
            raise InputError(f"answer={answer!r} has no token")
        if self._tokenizer.unk_token_id is not None and self._tokenizer.unk_token_id in ids:
            raise InputError(f"answer={answer!r} holds a word that this model does not know")
        return tuple(ids)

    def ids(self, question: str, size: tuple[int, int]) -> list[int]:
        """What the processor makes of the prompt: one image token for each feature of the picture.

        Raises:
            ModelError: the processor and the model disagree about their number.
        """
        key = (question, size)
        found = self._known.get(key)
        if found is None:
            token = self._processor.image_token
            found = self._encode(self.text(question).replace(token, token * self._count_image_tokens(size)))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    def _encode(self, text: str, alone: bool = True) -> list[int]:
        # A template that writes the begin-of-text token itself must not get a second one.
        begin = self._tokenizer.bos_token
        special = alone and not (begin is not None and text.startswith(begin))
        with self._lock:
            return list(self._tokenizer(text, add_special_tokens=special)["input_ids"])

    def _count_image_tokens(self, size: tuple[int, int]) -> int:
        """How many tokens a picture of this size takes, by the processor itself."""
        from PIL import Image

        count = self._image_tokens.get(size)
        if count is None:
            with self._lock:
                blank = self._processor(images=Image.new("RGB", size), text=self._processor.image_token)
            count = list(blank["input_ids"][0]).count(self._processor.image_token_id)
            wanted = self._figures.read(size)[1]
            if count != wanted:
                raise ModelError(f"the processor writes {count} image tokens where the model reads {wanted}")
            self._image_tokens[size] = count
        return count


def _complete(processor: Any, config: Any) -> None:
    """Settings that early published processors leave out."""
    if processor.patch_size is None:
        processor.patch_size = config.vision_config.patch_size
        processor.num_additional_image_tokens = 1  # CLIP's class token
    if processor.vision_feature_select_strategy is None:
        processor.vision_feature_select_strategy = config.vision_feature_select_strategy
