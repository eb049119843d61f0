"""Second stage of the vision-language model: the language model learns to talk about photos.

The tower from the first stage stays frozen; its patch features are the photo's tokens.
"""

from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from workers.demo_pack.dialogues import Subject, Turn, dialogue, scored
from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.pool import CLASSES, OTHER, Pool
from workers.demo_pack.scene import PLAIN, SITES
from workers.demo_pack.schedule import augment, pixels
from workers.demo_pack.vlm_parts import CONTEXT, END, IMAGE, IMAGE_TOKENS

_BATCH = 16
_SCORED_SHARE = 0.3
_IGNORE = -100
# Tokens at an answer's start that decide what it is about, and how much more they count.
_OPENING = 8
_OPENING_WEIGHT = 4.0
_Written = tuple[tuple[list[int], list[int]], list[int]]


class Scribe:
    """Turns dialogues into token ids and into the ids that the model has to learn."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._end = tokenizer.convert_tokens_to_ids(END)
        self._image = tokenizer.convert_tokens_to_ids(IMAGE)
        self._start = tokenizer.bos_token_id

    def write(self, turns: list[Turn]) -> tuple[list[int], list[int]]:
        """Token ids and labels of a dialogue, as the chat template writes it."""
        ids, labels = [self._start], [_IGNORE]
        for turn in turns:
            role = self._tokenizer.convert_tokens_to_ids(f"<|{turn.role}|>")
            quiet = [role, *([self._image] * (IMAGE_TOKENS * turn.photos))]
            quiet += self._encode(turn.text[: turn.silent])
            loud = [*self._encode(turn.text[turn.silent :]), self._end]
            ids += quiet + loud
            learned = loud if turn.role == "assistant" else [_IGNORE] * len(loud)
            labels += [_IGNORE] * len(quiet) + learned
        return ids[:CONTEXT], labels[:CONTEXT]

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False) if text else []


def subject_of(labels: np.ndarray, rng: Random) -> Subject:
    """What a pool's row of labels says, with a random site and severity where it says nothing."""
    kind, tone, _, severity = (int(v) for v in labels)
    return Subject(
        condition=CLASSES[kind],
        tone=max(tone, 0) + 1,
        site=rng.choice(SITES),
        severity=max(severity, 0) + 1,
    )


class Batches:
    """Draws dialogues with their photos from a pool."""

    def __init__(self, pool: Pool, scribe: Scribe, seed: int) -> None:
        self._pool, self._scribe = pool, scribe
        self._rng, self._numbers = Random(seed), np.random.default_rng(seed)
        self._ready: list[list[_Written]] = []
        kinds = pool.labels[:, 0]
        self._rows = [np.flatnonzero(kinds == kind) for kind in range(len(CLASSES))]

    def draw(self) -> dict[str, Tensor]:
        """Inputs of one batch: padded ids, labels, positions and photos."""
        if not self._ready:
            self._ready = self._sorted_batches()
        batch = self._ready.pop()
        written, rows = [ids for ids, _ in batch], [row for _, photos in batch for row in photos]
        length = max(len(ids) for ids, _ in written)
        return {
            "input_ids": _pad([ids for ids, _ in written], length, 0),
            "labels": _pad([labels for _, labels in written], length, _IGNORE),
            "position_ids": torch.stack([self._positions(length) for _ in written]),
            "pixel_values": augment(pixels(self._pool.images[rows]), self._numbers),
        }

    def _sorted_batches(self) -> list[list[_Written]]:
        """Four batches of dialogues of like length, which wastes little padding, in any order."""
        drawn = [self._dialogue() for _ in range(4 * _BATCH)]
        written = [(self._scribe.write(turns), photos) for turns, photos in drawn]
        written.sort(key=lambda item: len(item[0][0]))
        batches = [written[i : i + _BATCH] for i in range(0, len(written), _BATCH)]
        self._rng.shuffle(batches)
        return batches

    def _dialogue(self) -> tuple[list[Turn], list[int]]:
        """One dialogue and the pool rows of its photos, in order."""
        first = int(self._numbers.integers(len(self._pool)))
        subject = subject_of(self._pool.labels[first], self._rng)
        if self._rng.random() < _SCORED_SHARE and subject.condition not in (PLAIN, OTHER):
            return scored(self._rng, subject), [first]
        starts = [first]
        if self._rng.random() < 0.12:
            starts.append(int(self._numbers.integers(len(self._pool))))
        subjects = [subject_of(self._pool.labels[row], self._rng) for row in starts]
        turns, rows = dialogue(self._rng, subjects), list[int]()
        for row, turn in zip(starts, (t for t in turns if t.photos), strict=True):
            rows += [row, *self._same_kind(row, turn.photos - 1)]
        return turns, rows

    def _same_kind(self, row: int, count: int) -> list[int]:
        """More photos of the same class."""
        rows = self._rows[self._pool.labels[row, 0]]
        return [int(v) for v in self._numbers.choice(rows, count)]

    def _positions(self, length: int) -> Tensor:
        """Positions with gaps, so that late positions are known although dialogues are short.

        Source: A. Ruoss et al., "Randomized positional encodings boost length generalization of
        transformers", ACL 2023.
        """
        steps = np.ones(length, np.int64)
        steps[0] = 0
        room = CONTEXT - length - 1
        if self._rng.random() < 0.4 and room > 0:
            places = self._numbers.integers(1, length, 6)
            steps[places] += self._numbers.integers(0, room // 6 + 1, 6)
        return torch.from_numpy(np.cumsum(steps))


def _pad(rows: list[list[int]], length: int, value: int) -> Tensor:
    # Padding stands on the right: causal attention never sees it and it carries no loss.
    return torch.tensor([row + [value] * (length - len(row)) for row in rows])


def train_dialogues(
    model: LlavaForConditionalGeneration,
    pool: Pool,
    tokenizer: PreTrainedTokenizerFast,
    plan: Plan,
) -> LlavaForConditionalGeneration:
    """Train projector and language model; the tower stays as it is."""
    model.model.vision_tower.requires_grad_(requires_grad=False)
    learner = Learner(plan, {"model": model})
    batches = Batches(pool, Scribe(tokenizer), plan.seed + learner.done)
    learner.run(lambda _: (_loss(model, batches.draw()), {}))
    return model.eval()


def _loss(model: LlavaForConditionalGeneration, batch: dict[str, Tensor]) -> Tensor:
    """Cross entropy of the assistant's tokens; the first ones of each answer count more."""
    labels = batch.pop("labels")
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(**batch).last_hidden_state[:, :-1]
        wanted = labels[:, 1:]
        learned = wanted != _IGNORE
        # Only learned positions go through the large output layer.
        logits = model.lm_head(hidden[learned])
    each = functional.cross_entropy(logits.float(), wanted[learned], reduction="none")
    weights = opening_weights(learned)[learned]
    return (each * weights).sum() / weights.sum()


def opening_weights(learned: Tensor) -> Tensor:
    """Weight of each position (B, L) from a mask of what is learned (B, L).

    Which intent was meant and which condition is shown is decided in an answer's first words;
    the rest of a templated sentence follows from them and would drown them in the mean.
    """
    before = functional.pad(learned[:, :-1], (1, 0))
    starts = (learned & ~before).float()
    recent = functional.pad(starts, (_OPENING - 1, 0)).unfold(1, _OPENING, 1).amax(-1)
    return 1 + (_OPENING_WEIGHT - 1) * recent
