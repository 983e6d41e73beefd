"""Small language models of the real classes with random weights, and tokenizers trained on a few sentences.

The tokenizers differ where real ones do: one adds its BOS itself, one leaves that to its chat template, one has none,
one has an unknown token and one has no byte-level alphabet.
"""

from functools import lru_cache

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    DistilBertConfig,
    DistilBertForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Olmo2Config,
    Olmo2ForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    RobertaConfig,
    RobertaForSequenceClassification,
)

CORPUS = [
    "A man is running towards a tree. The trolley would hit five people on the track.",
    "True or False: the film is not bad at all. Answer: True. Answer: False.",
    "Her acting never fails to impress, and the ending is a delight from start to finish.",
    "You are a careful reader. Answer with one word, and give no reasons.",
    "The surgeon says: I cannot operate on this boy, he is my son. Who is the surgeon?",
    "It was the best of times, it was the worst of times; 1234567890 + (a/b) = c?",
] * 3
TEXT = "Her acting never fails to impress, but the first hour is slow. I cried at the end!"
QUESTION = "True or False: the film is good?"
INSTRUCTION = "You are a careful reader of film reviews. Answer with one word, and give no reasons at all."

LLAMA_TEMPLATE = (
    "{{ bos_token }}{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}"
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
    "<|start|>system<|end_header|>\n\nToday Date: {{ date_string }}\n\n{{ system }}<|eot|>"
    "{% for m in messages %}<|start|>{{ m['role'] }}<|end_header|>\n\n{{ m['content'] | trim }}<|eot|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant<|end_header|>\n\n{% endif %}"
)
QWEN_TEMPLATE = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MISTRAL_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}"
    "{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %} {{ m['content'] }}</s>{% endif %}"
    "{% endfor %}"
)
OLMO_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ '\n' }}{{ m['content'] }}"
    "{% if not loop.last %}{{ '\n' }}{% elif m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n' }}<|assistant|>{{ '\n' }}{% endif %}"
)
KINDS = ("llama", "qwen2", "mistral", "olmo2")


@lru_cache(maxsize=8)
def tokenizer(kind):
    """A tokenizer as that kind of model has it."""
    if kind == "mistral":
        return _mistral_tokenizer()
    special = {
        "llama": ["<|begin|>", "<|eot|>", "<|start|>", "<|end_header|>"],
        "qwen2": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        "olmo2": ["<|endoftext|>", "<|pad|>"],
    }[kind]
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(CORPUS, _trainer(special))
    if kind == "llama":  # adds its BOS itself, and its chat template does too
        bos = ("<|begin|>", core.token_to_id("<|begin|>"))
        core.post_processor = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[bos])
    names = {
        "llama": {"bos_token": "<|begin|>", "eos_token": "<|eot|>"},
        "qwen2": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
        "olmo2": {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|pad|>"},
    }[kind]
    template = {"llama": LLAMA_TEMPLATE, "qwen2": QWEN_TEMPLATE, "olmo2": OLMO_TEMPLATE}[kind]
    return PreTrainedTokenizerFast(tokenizer_object=core, chat_template=template, **names)


def _trainer(special, alphabet=True):
    return trainers.BpeTrainer(
        vocab_size=420 if alphabet else 220,
        special_tokens=special,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else [],
    )


def _mistral_tokenizer():
    """As made from SentencePiece: "▁" for blanks, one in front of everything, bytes for what it does not know."""
    core = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    core.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    core.train_from_iterator(CORPUS, _trainer(["<unk>", "<s>", "</s>", *bytes_], alphabet=False))
    core.pre_tokenizer = None
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    core.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        chat_template=MISTRAL_TEMPLATE,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    )


def network(kind, dtype=torch.float32, seed=0, **changes):
    """A random model whose probabilities are far from uniform, so that a wrong position shows."""
    size = {
        "vocab_size": 640,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.15,
        "bos_token_id": tokenizer(kind).bos_token_id,
        "eos_token_id": tokenizer(kind).eos_token_id,
        "pad_token_id": tokenizer(kind).pad_token_id,
    }
    make, config = {
        "llama": (LlamaForCausalLM, LlamaConfig(**{**size, "tie_word_embeddings": True, **changes})),
        "qwen2": (Qwen2ForCausalLM, Qwen2Config(**{**size, "tie_word_embeddings": True, **changes})),
        "mistral": (MistralForCausalLM, MistralConfig(**{**size, "sliding_window": 24, **changes})),
        "olmo2": (Olmo2ForCausalLM, Olmo2Config(**{**size, **changes})),
    }[kind]
    torch.manual_seed(seed)
    return make(config).eval().to(dtype)


def save(folder, kind, **changes):
    """Write a model and its tokenizer to `folder`; returns its name."""
    network(kind, **changes).save_pretrained(folder)
    tokenizer(kind).save_pretrained(folder)
    return str(folder)


def plain_log_probability(model, prompt, answer):
    """log p(answer | prompt) by the definition: one unbatched pass, no cache, no padding, every position's logits."""
    ids = torch.tensor([[*prompt, *answer]])
    with torch.no_grad():
        logs = model(ids, use_cache=False).logits[0].float().log_softmax(-1)
    return sum(float(logs[len(prompt) - 1 + k, token]) for k, token in enumerate(answer))


LABELS = ("NEGATIVE", "POSITIVE")


@lru_cache(maxsize=2)
def classifier_tokenizer(kind="distilbert"):
    """WordPiece with [CLS] and [SEP], or byte-level BPE with RoBERTa's frame."""
    if kind == "roberta":
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        core = Tokenizer(models.BPE(unk_token="<unk>"))
        core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        core.train_from_iterator(CORPUS, _trainer(special))
        core.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
        names = dict(zip(("cls", "pad", "sep", "unk", "mask"), special, strict=True))
    else:
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        core = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        core.normalizer = normalizers.BertNormalizer(lowercase=True)
        core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
        core.train_from_iterator(CORPUS, trainer)
        core.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        names = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    tokens = {f"{name}_token": token for name, token in names.items()}
    return PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=512, **tokens)


def save_classifier(folder, kind="distilbert", labels=LABELS, seed=0, **changes):
    """Write a random classifier and its tokenizer to `folder`; returns its name."""
    torch.manual_seed(seed)
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: k for k, label in enumerate(labels)}}
    if kind == "roberta":
        config = RobertaConfig(
            vocab_size=640,
            hidden_size=48,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=66,
            initializer_range=0.2,
            pad_token_id=1,
            **{**names, **changes},
        )
        model = RobertaForSequenceClassification(config)
    else:
        config = DistilBertConfig(
            vocab_size=640,
            dim=48,
            hidden_dim=64,
            n_layers=2,
            n_heads=4,
            max_position_embeddings=512,
            initializer_range=0.2,
            **{**names, **changes},
        )
        model = DistilBertForSequenceClassification(config)
    model.eval().save_pretrained(folder)
    classifier_tokenizer(kind).save_pretrained(folder)
    return str(folder)
