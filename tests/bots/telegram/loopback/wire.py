"""Requests as aiogram's models see them: every parameter known, every type right."""

import functools
import json
from collections.abc import Mapping
from typing import Any, get_args

import aiogram.methods
from aiogram.methods.base import TelegramMethod
from aiogram.types import BufferedInputFile
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.bots.telegram.loopback.errors import Refused, bad


class Violation(AssertionError):
    """A request or response that the Bot API does not know; a test must fail on it."""


def method_class(name: str) -> type[TelegramMethod[Any]]:
    """Return aiogram's model of a method.

    Raises:
        Refused: There is no such method.
    """
    found = getattr(aiogram.methods, name[:1].upper() + name[1:], None)
    if found is None or found.__api_method__ != name:
        raise Refused(404, "Not Found: method not found")
    return found


async def parameters(request: web.Request) -> dict[str, Any]:
    """Return query, form, multipart or JSON parameters; uploads as `BufferedInputFile`."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return given | await request.json()
    form = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            given[name] = BufferedInputFile(value.file.read(), filename=value.filename)
        else:
            given[name] = value
    return given


def checked(method: type[TelegramMethod[Any]], given: Mapping[str, Any]) -> TelegramMethod[Any]:
    """Return a call as a model.

    Raises:
        Violation: It has a parameter that the method does not know, or one of the wrong type.
    """
    uploads = {name: value for name, value in given.items() if name not in method.model_fields}
    plain = {name: value for name, value in given.items() if name in method.model_fields}
    strangers = [name for name, value in uploads.items() if not _is_upload(value)]
    if strangers:
        raise Violation(f"{method.__name__} knows no {strangers}")
    decoded = {name: _decoded(method, name, value) for name, value in plain.items()}
    try:
        call = method.model_validate(_attached(decoded, uploads))
    except ValidationError as error:
        raise Violation(f"{method.__name__}: {error}") from error
    _no_strangers(call, method.__name__)
    return call


def _is_upload(value: object) -> bool:
    return isinstance(value, BufferedInputFile)


def _decoded(method: type[TelegramMethod[Any]], name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    types = set(get_args(method.model_fields[name].annotation))
    if method.model_fields[name].annotation is str or (str in types and int not in types):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _attached(value: Any, uploads: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _attached(inner, uploads) for key, inner in value.items()}
    if isinstance(value, list):
        return [_attached(inner, uploads) for inner in value]
    if isinstance(value, str) and value.startswith("attach://"):
        name = value.removeprefix("attach://")
        if name not in uploads:
            raise bad("wrong file identifier/HTTP URL specified")
        return uploads[name]
    return value


def _no_strangers(value: Any, where: str) -> None:
    """Reject fields that the API does not know, at any depth."""
    if isinstance(value, BaseModel):
        if value.model_extra:
            raise Violation(f"{where}: unknown {sorted(value.model_extra)}")
        for name in value.model_fields_set:
            _no_strangers(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for inner in value:
            _no_strangers(inner, where)


@functools.cache
def _adapter(method: type[TelegramMethod[Any]]) -> TypeAdapter[Any]:
    return TypeAdapter(method.__returning__)


def check_result(method: type[TelegramMethod[Any]], result: Any) -> None:
    """Check a response of ours.

    Raises:
        Violation: The real API would not answer so.
    """
    try:
        model = _adapter(method).validate_python(result)
    except ValidationError as error:
        raise Violation(f"answer to {method.__name__}: {error}") from error
    _no_strangers(model, f"answer to {method.__name__}")
