"""Generated updates of every kind that aiogram's model of the Bot API knows."""

import functools
import types
import typing
from datetime import datetime
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from aiogram.types import Chat, Update
from hypothesis import strategies as st
from pydantic import BaseModel

KINDS = tuple(name for name in Update.model_fields if name != "update_id")
_DEPTH = 2
_WORDS = st.sampled_from(
    ["", "a", "/start", "/new@x", "@skingen_test_bot", "ü🙂", "1|stop|", "x" * 80]
)
_CHATS = st.sampled_from(["private", "group", "supergroup", "channel"])
_IDS = st.sampled_from([1, 501, 4242, -55, -100700, 7_000_000_000])


def update(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return updates of one kind, as JSON; at least the required fields of everything."""
    model = _model_of(Update.model_fields[kind].annotation)
    return st.builds(
        lambda number, payload: {"update_id": number, kind: payload},
        st.integers(1, 2**31),
        _object(model, _DEPTH),
    )


def _model_of(annotation: Any) -> type[BaseModel]:
    return next(a for a in _options(annotation) if isinstance(a, type) and issubclass(a, BaseModel))


def _options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in {typing.Union, types.UnionType}:
        return get_args(annotation)
    return (annotation,)


@functools.cache
def _object(model: type[BaseModel], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        value = _CHATS if (model, name) == (Chat, "type") else _value(field.annotation, depth - 1)
        if value is None:
            continue
        alias = field.alias or name
        (required if field.is_required() else optional)[alias] = value
    fixed = st.fixed_dictionaries(required)
    if depth <= 0 or not optional:
        return fixed
    few = st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)
    more = few.flatmap(lambda names: st.fixed_dictionaries({n: optional[n] for n in names}))
    return st.builds(lambda base, extra: base | extra, fixed, more)


def _value(annotation: Any, depth: int) -> st.SearchStrategy[Any] | None:
    """Return values of a field; None for what cannot come over the wire."""
    found = [one for option in _options(annotation) if (one := _one(option, depth)) is not None]
    return st.one_of(found) if found else None


def _one(option: Any, depth: int) -> st.SearchStrategy[Any] | None:
    if get_origin(option) is Literal:
        return st.sampled_from([getattr(v, "value", v) for v in get_args(option)])
    if get_origin(option) is list:
        inner = _value(get_args(option)[0], depth - 1)
        return None if inner is None else st.lists(inner, max_size=2)
    if isinstance(option, type) and issubclass(option, BaseModel):
        return st.deferred(lambda: _object(option, depth)) if depth > -4 else None
    return _plain(option) if isinstance(option, type) else None


def _plain(option: type) -> st.SearchStrategy[Any] | None:
    if issubclass(option, Enum):
        return st.sampled_from([member.value for member in option])
    if issubclass(option, datetime):
        return st.integers(1, 2**31 - 1)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "int": _IDS,
        "float": st.floats(0, 90),
        "str": _WORDS,
    }
    return simple.get(option.__name__)
