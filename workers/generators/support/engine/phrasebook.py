"""What the text encoders made of prompts, kept: the same few prompts come again and again."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from workers.generators.support.engine.family import Family, Row
from workers.generators.support.engine.mixing import Mixer
from workers.generators.support.engine.sitting import BASE

MOST: Final = 256
"""Prompts that are kept; one takes 0.1 to 4 MB."""


class Phrasebook:
    """Rows of prompts, least recently used first out."""

    def __init__(
        self,
        family: Family,
        mixer: Mixer,
        negative: str = "",
        *,
        reads: Callable[[str], bool] = lambda _adapter: False,
        most: int = MOST,
    ) -> None:
        """Keep at most ``most`` prompts.

        Args:
            family: Encodes.
            mixer: Lets the text encoders wear an adapter.
            negative: What every picture is steered away from; empty for nothing.
            reads: Tells whether an adapter changes text encoders; others share their prompts.
            most: Prompts that are kept.
        """
        self._family = family
        self._mixer = mixer
        self._negative = negative
        self._reads = reads
        self._most = most
        self._kept: OrderedDict[tuple[str | None, str], Row] = OrderedDict()
        self.encoded = 0

    def words(self, prompt: str | None, adapter: str) -> Row:
        """Return the row of a prompt under an adapter; None is what is steered away from."""
        key = (prompt, adapter if self._reads(adapter) else BASE)
        if key not in self._kept:
            self._kept[key] = self._encode(*key)
            self.encoded += 1
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _encode(self, prompt: str | None, adapter: str) -> Row:
        with self._mixer.wearing([adapter]):
            if prompt is not None:
                return self._family.words(prompt)
            return self._family.words(self._negative) if self._negative else self._family.nothing()
