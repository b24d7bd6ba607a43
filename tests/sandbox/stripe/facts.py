"""What the official SDK knows of each resource: its fields, their types, their enumerations. Answers are held to it."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import types
import typing
from collections import Counter
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._object_classes import OBJECT_CLASSES, get_object_class
from stripe._stripe_object import UntypedStripeObject

# How much was checked in this test session: answers, their fields, requests.
CHECKED: Counter[str] = Counter()


class _Names(dict[str, Any]):
    """The names that an SDK module's annotations quote: it imports them for type checkers alone."""

    def __init__(self, module: str) -> None:
        super().__init__()
        tree = ast.parse(inspect.getsource(sys.modules[module]))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        self._found = {name.asname or name.name: (node.module, name.name) for node in imports for name in node.names}

    def __missing__(self, name: str) -> Any:
        if name not in self._found:
            raise KeyError(name)
        module, attribute = self._found[name]
        return getattr(importlib.import_module(str(module)), attribute)


def broken(body: dict[str, Any]) -> list[str]:
    """Where this answer, and every object inside it, differs from what the SDK knows; empty where it doesn't."""
    if body.get("deleted"):
        return [] if set(body) == {"id", "object", "deleted"} else [f"deleted: {sorted(body)}"]
    kind = body["object"]
    if kind not in OBJECT_CLASSES:
        return [f"the SDK has no object {kind}"]
    CHECKED["answers"] += 1
    found = _object(body, get_object_class("V1", kind), kind)
    if kind == "event":
        found += _told(body["data"])
    return found


def _told(data: dict[str, Any]) -> list[str]:
    """An event's object is typed as any object; it is held to its own kind."""
    return [] if data["object"]["object"] == "application" else broken(data["object"])


def _object(body: dict[str, Any], known: type, path: str) -> list[str]:
    hints = _hints(known)
    if known is ListObject or body.get("object") in ("list", "search_result"):
        return [each for item in body["data"] for each in broken(item)]
    found = [f"{path}.{name} is unknown" for name in body if name not in hints]
    found += [f"{path}.{name} is missing" for name, hint in hints.items() if name not in body and _is_required(hint)]
    for name, value in body.items():
        if name in hints:
            CHECKED["fields"] += 1
            found += _value(value, hints[name], f"{path}.{name}")
    return found


@cache
def _hints(known: type) -> dict[str, Any]:
    own = {name: hint for name, hint in vars(known).get("__annotations__", {}).items() if not _is_classvar(hint)}
    return typing.get_type_hints(
        types.SimpleNamespace(__annotations__=own), vars(sys.modules[known.__module__]), _Names(known.__module__)
    )


def _is_classvar(hint: Any) -> bool:
    return get_origin(hint) is typing.ClassVar


def _is_required(hint: Any) -> bool:
    return type(None) not in _choices(hint)


def _choices(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) in {Union, types.UnionType}:
        return tuple(each for choice in get_args(hint) for each in _choices(choice))
    return (hint,)


def _value(value: Any, hint: Any, path: str) -> list[str]:
    choices = _choices(hint)
    if value is None:
        return [] if type(None) in choices else [f"{path} is null"]
    if isinstance(value, dict):
        return _hash(value, choices, path)
    if isinstance(value, list):
        return _list(value, choices, path)
    return _scalar(value, choices, path)


def _list(value: list[Any], choices: tuple[Any, ...], path: str) -> list[str]:
    inner = next((get_args(choice)[0] for choice in choices if get_origin(choice) is list), None)
    if inner is None:
        return [f"{path} is a list"]
    return [each for place, item in enumerate(value) for each in _value(item, inner, f"{path}[{place}]")]


def _scalar(value: Any, choices: tuple[Any, ...], path: str) -> list[str]:
    allowed = [each for choice in choices if get_origin(choice) is Literal for each in get_args(choice)]
    if allowed:
        return [] if value in allowed else [f"{path} is {value!r}, none of {allowed}"]
    return [] if type(value) in choices else [f"{path} is a {type(value).__name__}"]


def _hash(value: dict[str, Any], choices: tuple[Any, ...], path: str) -> list[str]:
    if isinstance(value.get("object"), str):
        return broken(value)
    for choice in choices:
        origin = get_origin(choice) or choice
        if origin in {dict, UntypedStripeObject} or choice is Any:
            return []
        if isinstance(origin, type) and issubclass(origin, StripeObject):
            return _object(value, origin, path)
    return [f"{path} is a hash"]
