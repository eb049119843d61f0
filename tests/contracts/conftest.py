"""Tiny random models for the contract tests, built once per session."""

from collections.abc import Callable

import pytest

from core.domain.jobs import ModelKind
from workers.devices import choose
from workers.generators import Generator
from workers.models import ModelEntry, build_generator, build_vlm
from workers.vlms import VisionLanguageModel


def entry(kind: ModelKind, backend: str) -> ModelEntry:
    """Return the entry of a model without a checkpoint."""
    return ModelEntry(kind=kind, name=backend, backend=backend)


@pytest.fixture
def tiny_vlm() -> Callable[[str], VisionLanguageModel]:
    """Give a maker of tiny models by backend."""
    return lambda backend: build_vlm(entry("vlm", backend), choose("cpu"))


@pytest.fixture
def tiny_generator() -> Callable[[str], Generator]:
    """Give a maker of tiny generators by backend."""
    return lambda backend: build_generator(entry("generator", backend), choose("cpu"))
