"""Recipes from a TOML file and from the command line; the command line wins."""

import argparse
import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from workers.training.errors import RecipeError, listed
from workers.training.recipe import Recipe

_NONE: Final = "none"


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add `--recipe` and one option per field of a recipe."""
    parser.add_argument("--recipe", type=Path, help="TOML file; options given here win over it")
    for name, field in Recipe.model_fields.items():
        flag = "--" + name.replace("_", "-")
        text = f"{field.description} (default: {_shown(field)})".replace("%", "%%")
        if field.annotation is bool:
            action: Any = argparse.BooleanOptionalAction
            parser.add_argument(flag, action=action, default=argparse.SUPPRESS, help=text)
        elif get_origin(field.annotation) is tuple:
            parser.add_argument(flag, nargs="*", default=argparse.SUPPRESS, help=text)
        else:
            parser.add_argument(flag, default=argparse.SUPPRESS, help=text, metavar=_metavar(field))


def _shown(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    return _NONE if field.default in (None, ()) else str(field.default)


def _metavar(field: FieldInfo) -> str | None:
    choices = [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
    return "|".join(choices) or None


def recipe_from(arguments: argparse.Namespace) -> Recipe:
    """Merge the TOML file and the options into a checked recipe.

    Raises:
        RecipeError: The file cannot be read, or a setting is unknown or wrong.
    """
    given = {k: v for k, v in vars(arguments).items() if k in Recipe.model_fields}
    plain = {k: None if v == _NONE and _may_be_none(k) else v for k, v in given.items()}
    return checked({**read_toml(arguments.recipe), **plain})


def _may_be_none(name: str) -> bool:
    return type(None) in get_args(Recipe.model_fields[name].annotation)


def read_toml(path: Path | None) -> dict[str, Any]:
    """Read a recipe's file; no path gives nothing.

    Raises:
        RecipeError: It is missing or not TOML.
    """
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"the recipe {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"the recipe {path} is not TOML: {error}") from error
    return {k: None if v == _NONE else v for k, v in values.items()}


def checked(values: dict[str, Any]) -> Recipe:
    """Check the values of a recipe.

    Raises:
        RecipeError: Says which settings are wrong and, for a misspelt one, what was meant.
    """
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        problems = [_sentence(dict(problem)) for problem in error.errors()]
        raise RecipeError("the recipe cannot be used: " + listed(problems, 20)) from error


def _sentence(problem: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Recipe.model_fields, 1)
        return f"{name} is no setting" + (f" (did you mean {near[0]}?)" if near else "")
    if problem["type"] == "missing":
        return f"{name} is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def to_toml(recipe: Recipe) -> str:
    """Write a recipe so that `read_toml` gives it back."""
    values = recipe.model_dump(mode="json")
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: str | float | bool | Sequence[str] | None) -> str:  # noqa: FBT001 - one value
    match value:
        case None:
            return f'"{_NONE}"'
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case int() | float():
            return repr(value)
        case _:
            return "[" + ", ".join(_toml(part) for part in value) + "]"
