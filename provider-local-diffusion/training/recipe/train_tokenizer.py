"""Stage 5, tokenizer: learns CLIP's byte-pair encoding on the captions and on the words of the icons' labels.

OUT/tokenizer: vocab.json, merges.txt and the configs that transformers' CLIPTokenizer reads; 4096 symbols, 32
positions. A tokenizer that is there is kept: the text encoder's embeddings belong to it.
"""

import json
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from .files import written_whole
from .make_data import read_captions
from .settings import END_TOKEN, START_TOKEN, TOKENS, VOCABULARY_SIZE, settings_of, stage_arguments

WORDS = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
"""How CLIP cuts a text before it merges letters."""


def learn_merges(texts: list[str]) -> list[str]:
    """The merges, most useful first, each as "left right"."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=START_TOKEN,
        initial_alphabet=alphabet(),
        end_of_word_suffix="</w>",
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def alphabet() -> list[str]:
    """The 256 characters that stand for bytes."""
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def vocabulary(merges: list[str]) -> tuple[dict[str, int], list[str]]:
    """CLIP's order: bytes, bytes at a word's end, merges, start and end of text; filled up to the fixed size."""
    ids: dict[str, int] = {}
    for symbol in [*alphabet(), *(letter + "</w>" for letter in alphabet())]:
        ids[symbol] = len(ids)
    kept = []
    for merge in merges:
        if len(ids) >= START_TOKEN:
            break
        ids.setdefault(merge.replace(" ", ""), len(ids))
        kept.append(merge)
    while len(ids) < START_TOKEN:
        ids[f"<|unused{len(ids)}|>"] = len(ids)
    ids["<|startoftext|>"], ids["<|endoftext|>"] = START_TOKEN, END_TOKEN
    return ids, kept


def read_tokenizer(out: Path) -> CLIPTokenizer:
    """The tokenizer of this training."""
    return CLIPTokenizer(str(out / "tokenizer/vocab.json"), str(out / "tokenizer/merges.txt"), model_max_length=TOKENS)


def token_ids(tokenizer: CLIPTokenizer, captions: list[str]) -> np.ndarray:
    """int16 [captions, 32], padded with the end token."""
    return np.array(tokenizer(captions, padding="max_length", truncation=True, max_length=TOKENS).input_ids, np.int16)


def main():
    arguments = stage_arguments(__doc__).parse_args()
    out, settings = arguments.out, settings_of(arguments)
    if not (out / "tokenizer/vocab.json").exists():
        captions = read_captions(out, range(settings.pixel_parts))
        labels = [
            " ".join([e["label"], *e["tags"]]) for e in json.loads((out / "icons/index.json").read_text())["icons"]
        ]
        ids, merges = vocabulary(learn_merges(captions + labels))
        with written_whole(out / "tokenizer/merges.txt") as file:
            file.write(("#version: 0.2\n" + "\n".join(merges) + "\n").encode())
        with written_whole(out / "tokenizer/vocab.json") as file:
            file.write(json.dumps(ids, ensure_ascii=False).encode())
    tokenizer = read_tokenizer(out)
    assert len(tokenizer) == VOCABULARY_SIZE, (
        f"the vocabulary must have {VOCABULARY_SIZE} symbols but has {len(tokenizer)}"
    )
    print(tokenizer.tokenize("a cute dragon over the Castle's wall, skyscraper xylophone 42"))


if __name__ == "__main__":
    main()
