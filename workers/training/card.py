"""The README of an adapter: what the Hub shows, and what somebody must know who uses it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from workers.training.base import Base
from workers.training.feeding import Lesson
from workers.training.options import to_toml
from workers.training.recipe import RENDERED, Recipe

_LIMITS = """\
Pictures drawn with this adapter are synthetic. They show what a condition can look like, are no
evidence about any person, and must be labelled as synthetic wherever they are shown. This is not a
medical device: it gives no diagnosis and must not be used to reassure or to treat anybody."""
_RENDERED_LIMITS = """
It has seen drawn skin only and says nothing about real skin."""


def card(recipe: Recipe, base: Base, own: Lesson, losses: Sequence[float]) -> str:
    """Write the card of a trained adapter."""
    counts = Counter(note.condition or "no condition" for note in own.data.notes)
    rows = "".join(f"| {name} | {count} |\n" for name, count in sorted(counts.items()))
    last = losses[-50:]
    limits = _LIMITS + (_RENDERED_LIMITS if recipe.data == RENDERED else "")
    return f"""{_front_matter(recipe, own)}
# LoRA adapter for {", ".join(sorted(counts))}

Rank {recipe.rank}, alpha {recipe.scale_alpha:g}, {recipe.steps} steps of {recipe.batch} x \
{recipe.accumulation} pictures, for `{base.name}` (weights {base.digest}).

## Use
```python
from diffusers import DiffusionPipeline

pipe = DiffusionPipeline.from_pretrained("{base.name}")
pipe.load_lora_weights("path/to/this/folder")
pipe("{_example(own)}")
```

## Data
From {recipe.data!r}:

| condition | pictures |
|---|---|
{rows}
## Recipe
`python -m workers.training.lora --recipe recipe.toml`; seed {recipe.seed}. Mean loss of the last
{len(last)} steps: {sum(last) / max(1, len(last)):.4f}.

```toml
{to_toml(recipe)}```

## Limits
{limits}
"""


def _example(own: Lesson) -> str:
    return own.captions[0].replace('"', "'")


def _front_matter(recipe: Recipe, own: Lesson) -> str:
    # A local folder is no name that the Hub would know.
    base = "" if Path(recipe.base).exists() else f"base_model: {recipe.base}\n"
    prompt = _example(own)
    return f"""---
library_name: diffusers
{base}tags: [text-to-image, lora, diffusers, synthetic, dermatology]
instance_prompt: "{prompt}"
---"""
