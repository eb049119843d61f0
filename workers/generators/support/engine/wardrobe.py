"""Adapters on the device, least recently used first out.

All adapters are kept in the main memory. The device holds those that pictures wear, and as many
others as fit into a budget.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from workers.devices import Device
from workers.generators.support.engine.sitting import BASE


class Wardrobe:
    """Knows which adapters are on the device.

    What is worn stays, even beyond the budget: a picture under way cannot lose its adapter.
    """

    def __init__(
        self, pipe: Any, device: Device, sizes_bytes: Mapping[str, int], budget_bytes: int
    ) -> None:
        """Begin with everything in the main memory."""
        self._pipe = pipe
        self._device = device
        self._sizes_bytes = dict(sizes_bytes)
        self._budget_bytes = budget_bytes
        self._there: OrderedDict[str, None] = OrderedDict()
        self._move(list(sizes_bytes), "cpu")

    @property
    def there(self) -> tuple[str, ...]:
        """Return the adapters on the device, least recently used first."""
        return tuple(self._there)

    def fetch(self, worn: Collection[str]) -> None:
        """Bring what is worn to the device and make room for it."""
        wanted = [name for name in dict.fromkeys(worn) if name != BASE]
        missing = [name for name in wanted if name not in self._there]
        if missing:
            self._make_room(self._total(missing), wanted)
            self._move(missing, self._device.name)
        for name in wanted:
            self._there[name] = None
            self._there.move_to_end(name)

    def _make_room(self, coming_bytes: int, wanted: Collection[str]) -> None:
        leaving = []
        for name in [name for name in self._there if name not in wanted]:
            if self._total(self._there) + coming_bytes <= self._budget_bytes:
                break
            del self._there[name]
            leaving.append(name)
        self._move(leaving, "cpu")

    def _total(self, names: Iterable[str]) -> int:
        return sum(self._sizes_bytes[name] for name in names)

    def _move(self, names: list[str], device: str) -> None:
        if names and self._device.kind != "cpu":
            self._pipe.set_lora_device(names, device)
