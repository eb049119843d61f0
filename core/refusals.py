"""Shim."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Result."""

    key: str


def refusal(text: str, locale: str) -> Refusal | None:
    """Shim."""
    return None
