"""Settings: every variable is documented, and what is wrong is said in one sentence."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

import bots
import config.settings
from config.settings import SettingsInvalid, StoreSettings, WorkerSettings, load

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / ".env.example"


def _classes() -> list[type[BaseSettings]]:
    own = [
        value
        for value in vars(config.settings).values()
        if isinstance(value, type)
        and issubclass(value, BaseSettings)
        and value.__name__ not in {"BaseSettings", "AppSettings"}
    ]
    for module in pkgutil.iter_modules(bots.__path__):
        if module.name in {"__main__", "delivery", "admin"}:
            continue
        found = getattr(importlib.import_module(f"bots.{module.name}"), "Settings", None)
        if found is not None:
            own.append(found)
    return own


def _variables(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}".upper())
        for name, field in settings.model_fields.items()
    }


@pytest.mark.parametrize("settings", _classes(), ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_every_variable_is_in_the_example(settings: type[BaseSettings]) -> None:
    """``.env.example`` names every variable of every settings class."""
    named = {
        line.lstrip("# ").partition("=")[0]
        for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
        if "=" in line
    }

    assert _variables(settings) - named == set()


def test_the_example_names_nothing_else() -> None:
    """A variable in ``.env.example`` belongs to a settings class."""
    known = set().union(*(_variables(settings) for settings in _classes()))
    named = {
        line.lstrip("# ").partition("=")[0]
        for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
        if line.lstrip("# ").partition("=")[0].isupper() and "=" in line
    }

    assert named - known == set()


def test_a_wrong_value_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable and where to look, without a traceback."""
    monkeypatch.setenv("SKINGEN_WORKER_MAX_BATCH", "many")

    with pytest.raises(SettingsInvalid, match="SKINGEN_WORKER_MAX_BATCH is wrong") as caught:
        load(WorkerSettings)
    assert "\n" not in str(caught.value)


def test_a_wrong_redis_url_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alias is named as it is written in the environment."""
    monkeypatch.setenv("REDIS_URL", "http://nowhere")

    with pytest.raises(SettingsInvalid, match=r"^REDIS_URL is wrong"):
        load(StoreSettings)


def test_secrets_are_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key never shows in a log of the settings."""
    monkeypatch.setenv("SKINGEN_STORE_KEYS", "k1=c2VjcmV0")

    assert "c2VjcmV0" not in repr(load(StoreSettings))


def test_a_rule_over_several_variables_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack without any token is told which variables there are."""
    for name in ("BOT_TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"SKINGEN_SLACK_{name}", raising=False)

    with pytest.raises(SettingsInvalid, match=r"SKINGEN_SLACK_\* variables: BOT_TOKEN, or"):
        load(importlib.import_module("bots.slack_bot").Settings)
