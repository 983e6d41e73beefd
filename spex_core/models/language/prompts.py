"""How a text becomes a prompt of a causal language model, and an answer the tokens that continue it.

A prompt is a frame around the explained text: what comes before it (the instruction, the chat template's opening) and
what comes after (the question, the template's closing and the cue for an answer). The frame is written once, with a
stand-in for the text, so hiding words can never touch it. Special tokens that the text itself spells out are read as
such, as they are everywhere with these models.

A plain frame may be a few-shot prompt as it is typed: examples and the label of the next one before the text, the
label of its answer behind it (see `_typed_frame`).

Answers. The tokens of an answer are those that the joint tokenisation of prompt and answer puts after the prompt's
own tokens: "Answer:" + " True" is read as the model would go on, not as two texts. Where the two grow together into one
token (the prompt's tokens are no prefix of the joint ones) the answer is tokenised on its own and put after the
prompt. They are found once per backend: every masked prompt is continued by the same tokens.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from spex_core.errors import InputError
from spex_core.inputs.segmentation import check_texts
from spex_core.models.language.templates import apply_bounded
from spex_core.models.language.vocabulary import check_answer
from spex_core.models.reasoning import OPENINGS, SWITCH, closed, is_known

TEMPLATES = ("auto", "chat", "plain")
TEMPLATE_HELP = "chat, or plain: continued as it is typed"
FILLER = "..."
"""Stands for a hidden word where a tokenizer has no token for that."""
_STAND_IN = "\ue000the text\ue001"  # private-use characters: no template and no user writes them
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！", "؟", "।")
_CLOSING = "\"'”’)]»"
_PROBES = ("", "a", "The", "1", "...", "\n", "é")
# Llama 3.2 writes today's date into its prompt unless it is given one: a score must not change overnight. Qwen 3 is
# asked to answer without thinking first.
_TEMPLATE_ARGUMENTS = {"date_string": "26 Jul 2024", **SWITCH}


@dataclass(frozen=True)
class Frame:
    """What stands around the explained text.

    Attributes:
        head: characters before it.
        tail: characters after it.
        gap: white space between the prompt and an answer.
        lead: token ids put in front of everything (a BOS that the tokenizer, not the template, adds).
        chat: whether the model's chat template wrote it.
    """

    head: str
    tail: str
    gap: str
    lead: tuple[int, ...]
    chat: bool


class Prompter:
    """Writes and tokenises prompts.

    Attributes:
        frame: what stands around the text.
        prefix: token ids with which every prompt begins.
    """

    def __init__(self, tokenizer: Any, instruction: str = "", question: str = "", template: str = "auto") -> None:
        """Write the frame.

        Args:
            tokenizer: of the model.
            instruction: comes before the text, as the system message where the template has one; may be empty.
            question: comes after the text; may be empty.
            template: "chat"; "plain", as it is typed (see `_typed_frame`); or "auto": chat where the tokenizer has a
                chat template, else a plain prompt that asks for an answer.

        Raises:
            InputError: unknown template, or "chat" for a model without one.
        """
        if template not in TEMPLATES:
            raise InputError(f"template={template!r} does not exist; use {', '.join(TEMPLATES)}")
        has_chat = bool(getattr(tokenizer, "chat_template", None))
        if template == "chat" and not has_chat:
            raise InputError('this model has no chat template; use template="plain"')
        self._tokenizer = tokenizer
        if template == "plain":
            self.frame = _typed_frame(tokenizer, instruction, question)
        else:
            write = _chat_frame if has_chat else _plain_frame
            self.frame = write(tokenizer, instruction.strip(), question.strip())
        self.prefix = self._shared_prefix()

    @property
    def may_reason(self) -> bool:
        """Whether the model can begin to reason at all."""
        return is_known(_template(self._tokenizer), set(self._tokenizer.get_added_vocab()))

    def without_reasoning(self, start: str) -> Prompter:
        """The same with an empty reasoning, begun by `start`, before the answer."""
        quiet = copy.copy(self)
        quiet.frame = replace(self.frame, tail=f"{self.frame.tail}{start}{OPENINGS[start]}", gap="")
        return quiet

    def write(self, text: str) -> str:
        """The prompt around `text`, whose outer white space is left out."""
        return self.frame.head + text.strip() + self.frame.tail

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of the prompt around each text; never empty."""
        if not texts:
            return []
        rows = [[*self.frame.lead, *row] for row in _encode(self._tokenizer, [self.write(text) for text in texts])]
        return [row or [self._start()] for row in rows]

    def answer_ids(self, answer: str) -> list[int]:
        """Token ids of an answer that follows a prompt (see the module).

        Raises:
            InputError: the answer is empty, or the tokenizer does not know it.
        """
        said = self.frame.gap + answer.strip()
        prompt = self.write("a")
        before, joint = _encode(self._tokenizer, [prompt, prompt + said])
        found = joint[len(before) :] if joint[: len(before)] == before else _encode(self._tokenizer, [said])[0]
        if not answer.strip():
            raise InputError("the answer is empty; give one, or let the model's own answer be taken")
        check_answer(self._tokenizer, answer.strip())
        if not found:
            raise InputError(f"the model's tokenizer does not know the answer “{answer.strip()}”; give another one")
        return found

    def _shared_prefix(self) -> list[int]:
        return shared_start(self.ids(_PROBES))

    def _start(self) -> int:
        for token in (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id, self._tokenizer.pad_token_id):
            if token is not None:
                return int(token)
        raise InputError("nothing is left of the prompt and the model has no token to begin with; give an instruction")


def shared_start(rows: Sequence[Sequence[int]]) -> list[int]:
    """The longest common beginning of the rows."""
    if not rows:
        return []
    # Of all rows the lexicographically first and last are the two that part first.
    first, last = min(map(list, rows)), max(map(list, rows))
    same = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        same += 1
    return first[:same]


def token_spans(tokenizer: Any, text: str) -> list[tuple[int, int]] | None:
    """Character span of each token of `text`, disjoint; None where the tokenizer cannot tell (it is not a fast one).

    Tokens that share a character (its bytes, or a blank that the tokenizer put before it) leave it to the first.
    """
    check_texts([text])
    if not getattr(tokenizer, "is_fast", False):
        return None
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    spans: list[tuple[int, int]] = []
    at = 0
    for start, end in found:
        if max(start, at) < end:
            spans.append((max(int(start), at), int(end)))
            at = int(end)
    return spans


def stand_in(tokenizer: Any, *kinds: str) -> str:
    """The tokenizer's own token for a hidden word, "" where it has none that means only that.

    Args:
        tokenizer: any.
        kinds: in order of preference, "unk_token" and "mask_token".
    """
    reserved = {tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token}
    for kind in kinds:
        token = getattr(tokenizer, kind, None)
        if token and token not in reserved:
            return str(token)
    return ""


def _encode(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    found = tokenizer(texts, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"]
    return [[int(token) for token in row] for row in found]


def _lead(tokenizer: Any) -> tuple[int, ...]:
    """What the tokenizer itself puts before a text."""
    bare = _encode(tokenizer, ["a"])[0]
    dressed = [int(token) for token in tokenizer("a", verbose=False)["input_ids"]]
    for at in range(len(dressed) - len(bare) + 1):
        if dressed[at : at + len(bare)] == bare:
            return tuple(dressed[:at])
    return ()


def _plain_frame(tokenizer: Any, instruction: str, question: str) -> Frame:
    """Instruction, text and question, a blank line between them; "Answer:" after a question."""
    head = f"{instruction}\n\n" if instruction else ""
    tail = f"\n\n{question}\nAnswer:" if question else ""
    return Frame(head, tail, " ", _lead(tokenizer), chat=False)


def _typed_frame(tokenizer: Any, instruction: str, question: str) -> Frame:
    """Instruction, text and question as they are typed.

    White space that is typed where they meet is kept. Where none is: a blank line, but a blank after an instruction
    that ends in a colon ("Review:") and a new line before a question that ends in one ("Sentiment:"). A question that
    is a sentence is followed by "Answer:" on a line of its own; any other is what the answer continues.
    """
    head, asked = instruction.lstrip(), question.rstrip()
    if head and head == head.rstrip():
        head += " " if head.endswith(":") else "\n\n"
    if not head.strip():
        head = ""
    if not asked:
        return Frame(head, "", " ", _lead(tokenizer), chat=False)
    gap = question[len(asked) :] or " "
    if asked == asked.lstrip():
        asked = f"\n{asked}" if asked.endswith(":") else f"\n\n{asked}"
    if asked.rstrip(_CLOSING).endswith(_SENTENCE_ENDS):
        asked, gap = f"{asked}\nAnswer:", " "
    return Frame(head, asked, gap, _lead(tokenizer), chat=False)


def _chat_frame(tokenizer: Any, instruction: str, question: str) -> Frame:
    """The chat template around the text: it writes every special token itself, BOS included."""
    user = f"{_STAND_IN}\n\n{question}" if question else _STAND_IN
    rendered, messages = _rendered(tokenizer, instruction, user)
    head, tail = rendered.split(_STAND_IN)
    answering = closed(tail, _template(tokenizer))
    gap = _gap(tokenizer, rendered, messages) if answering == tail else ""
    return Frame(head, answering, gap, (), chat=True)


def _template(tokenizer: Any) -> str:
    found = getattr(tokenizer, "chat_template", None)
    return " ".join(map(str, found.values())) if isinstance(found, dict) else str(found or "")


Message = dict[str, Any]
_PARTS_LEFT = ("{'type'", '{"type"')  # what is left where a template writes a list as if it were a text


def _rendered(tokenizer: Any, instruction: str, user: str) -> tuple[str, list[Message]]:
    """The prompt and its messages, contents as texts, else as the list of parts that some templates ask for.

    A template that refuses a system message gets the instruction in the user's.
    """
    asked = {"role": "user", "content": user}
    system = [{"role": "system", "content": instruction}] if instruction else []
    joined = [{"role": "user", "content": f"{instruction}\n\n{user}"}] if instruction else []
    forms: list[list[Message]] = [
        *([*system, asked], joined),
        *([*map(_in_parts, system), _in_parts(asked)], [*system, _in_parts(asked)], list(map(_in_parts, joined))),
    ]
    problem: Exception | None = None
    garbled = False
    for messages in filter(None, forms):
        try:
            rendered = _apply(tokenizer, messages, add_generation_prompt=True)
        except InputError:  # it takes too much
            raise
        except Exception as error:  # templates raise what they like
            problem = error
            continue
        if instruction not in rendered:  # some templates pass over what they do not know
            continue
        in_parts = isinstance(messages[-1]["content"], list)
        if rendered.count(_STAND_IN) == 1 and not (in_parts and any(left in rendered for left in _PARTS_LEFT)):
            return rendered, messages
        garbled = True
    said = "does not write the text exactly once" if garbled else "cannot write this prompt"
    raise InputError(f'the chat template {said}; use template="plain"') from problem


def _in_parts(message: Message) -> Message:
    return {**message, "content": [{"type": "text", "text": message["content"]}]}


def _gap(tokenizer: Any, prompt: str, messages: list[Message]) -> str:
    """White space that the template itself writes between the prompt and an assistant's answer."""
    answer: Message = {"role": "assistant", "content": "True"}
    if isinstance(messages[-1]["content"], list):
        answer = _in_parts(answer)
    try:
        whole = _apply(tokenizer, [*messages, answer], add_generation_prompt=False)
    except InputError:
        raise
    except Exception:  # a template for prompts only
        return ""
    between, found, _ = whole[len(prompt) :].partition("True")
    return between if whole.startswith(prompt) and found and not between.strip() else ""


def _apply(tokenizer: Any, messages: list[Message], add_generation_prompt: bool) -> str:
    return apply_bounded(tokenizer, messages, add_generation_prompt=add_generation_prompt, **_TEMPLATE_ARGUMENTS)


def hidden_notes(masking: str, written: str, tokenizer: Any) -> tuple[str, ...]:
    """A sentence where masking="unk" writes something else than the tokenizer's unknown token.

    Args:
        masking: of the run; "" before any.
        written: what stands for a hidden feature, see `prompts.stand_in`.
        tokenizer: the model's.
    """
    if masking != "unk" or written == tokenizer.unk_token:
        return ()
    return (f"a hidden feature is written as “{written}”: the model's tokenizer has no unknown token of its own",)
