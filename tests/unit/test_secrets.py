"""Secrets are compared in constant time, and printed nowhere."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hush-hush-hush-hush-hush"
MODULES = (
    "config.settings",
    "bots.telegram_bot.settings",
    "bots.slack_bot.settings",
    "bots.web_chat.settings",
)


def settings_classes() -> list[type[BaseSettings]]:
    """Return every settings class of the project."""
    return [
        found
        for module in MODULES
        for found in vars(import_module(module)).values()
        if isinstance(found, type) and issubclass(found, BaseSettings) and found is not BaseSettings
    ]


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda one: one.__qualname__)
def test_what_is_called_a_secret_is_one(settings: type[BaseSettings]) -> None:
    """Every field that is named like a secret has the type that hides its value."""
    named = {
        name: field.annotation
        for name, field in settings.model_fields.items()
        if any(word in name for word in ("token", "secret", "password", "store_keys", "vlm_key"))
    }
    assert {name for name, kind in named.items() if not hides(kind)} == set()


def hides(annotation: Any) -> bool:
    """Return whether a type is a secret, or one or None."""
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda one: one.__qualname__)
def test_no_secret_is_printed(settings: type[BaseSettings]) -> None:
    """Neither ``repr`` nor ``str`` nor a dump shows a secret."""
    fields = {
        name: SecretStr(SECRET)
        for name, field in settings.model_fields.items()
        if hides(field.annotation)
    }
    made = settings.model_construct(**fields)
    for shown in (repr(made), str(made), str(made.model_dump()), made.model_dump_json()):
        assert SECRET not in shown


def test_secrets_are_compared_in_constant_time() -> None:
    """No module compares a thing that is named like a secret with ``==``."""
    words = ("token", "secret", "signature", "password", "csrf", "digest")
    guilty = []
    for path in [*ROOT.glob("bots/**/*.py"), *ROOT.glob("core/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                both = (node.left, *node.comparators)
                named = [side for side in both if not isinstance(side, ast.Constant)]
                sides = [ast.unparse(side).casefold() for side in named]
                if any(word in side for word in words for side in sides):
                    guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert guilty == []
