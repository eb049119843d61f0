"""Deployment files, checked without a container engine."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = [name for name in COMPOSE["services"] if name != "redis"]


@pytest.mark.parametrize("name", OURS)
def test_every_service_builds_a_target_that_exists(name: str) -> None:
    """The target of each service is a stage of the Dockerfile."""
    target = COMPOSE["services"][name]["build"]["target"]

    assert re.search(rf"^FROM \S+ AS {target}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", OURS)
def test_every_bot_is_a_frontend_of_the_project(name: str) -> None:
    """The command of each bot service names a module of ``bots``."""
    service = COMPOSE["services"][name]
    for platform in service.get("command", []):
        names = (f"bots.{platform}_bot", f"bots.{platform}_chat", f"bots.{platform}")
        assert any(importlib.util.find_spec(module) for module in names)


@pytest.mark.parametrize("name", OURS)
def test_every_service_is_confined_and_waits_for_redis(name: str) -> None:
    """No capabilities, a read-only root, time to drain, and Redis must be healthy first."""
    service = COMPOSE["services"][name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["depends_on"]["redis"]["condition"] == "service_healthy"
    assert service["stop_grace_period"] == "60s"


def test_redis_loses_nothing_that_it_acknowledged() -> None:
    """Append-only file, synced at every write; nothing is evicted."""
    command = " ".join(COMPOSE["services"]["redis"]["command"])

    assert "--appendonly yes --appendfsync always" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_gpu_worker_asks_for_a_gpu() -> None:
    """The profile ``gpu`` reserves an NVIDIA device."""
    worker = COMPOSE["services"]["worker-gpu"]

    assert worker["profiles"] == ["gpu"]
    devices = worker["deploy"]["resources"]["reservations"]["devices"]
    assert devices[0]["capabilities"] == ["gpu"]


def test_every_folder_that_the_images_copy_exists() -> None:
    """``COPY`` names files of the project."""
    for sources in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        for source in sources.split()[:-1]:
            assert (ROOT / source).exists(), source
