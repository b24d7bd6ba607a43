"""What a call may carry: read from the official SDK's typed parameters, so that it can't drift from them.

`stripe.params.PaymentIntentCreateParams` says each name, type and enumeration that Stripe's API description has;
a request is refused here in Stripe's words where it breaks one of them.
"""

from __future__ import annotations

import re
import sys
import types
import typing
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from stripe import RequestOptions
from typing_extensions import is_typeddict

from pushcart.sandbox.stripe.errors import Malformed

_INDEX = re.compile(r"^[0-9]{1,6}\Z")
_INTEGER = re.compile(r"^-?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"^-?[0-9]+(\.[0-9]+)?\Z")


def check(form: dict[str, Any], known: type | None, played: frozenset[str]) -> dict[str, Any]:
    """Returns the form with its values in their types.

    Args:
        form: the request's fields, as `forms.decode` gives them.
        known: the SDK's typed parameters of this call; None where it takes none.
        played: the parameters that this double acts upon.

    Raises:
        Malformed: unknown, missing or wrongly typed parameter, or one that Stripe knows and the double doesn't
            play: it is refused rather than silently left out.
    """
    hints = _hints(known) if known else {}
    _refuse_unknown(form, hints, prefix="")
    for name in form:
        if name not in played:
            raise Malformed(f"The payment double does not play the parameter '{name}', which Stripe has.", param=name)
    _refuse_missing(form, hints, prefix="")
    return {name: _typed(value, hints[name][0], name) for name, value in form.items()}


@cache
def _hints(known: type) -> dict[str, tuple[Any, bool]]:
    """Each parameter's type, and whether it is required."""
    own = {name: hint for name, hint in known.__annotations__.items() if name not in RequestOptions.__annotations__}
    resolved = typing.get_type_hints(
        types.SimpleNamespace(__annotations__=own), vars(sys.modules[known.__module__]), include_extras=True
    )
    return {
        name: (get_args(hint)[0], False) if get_origin(hint) is typing.NotRequired else (hint, True)
        for name, hint in resolved.items()
    }


def _refuse_unknown(form: dict[str, Any], hints: dict[str, tuple[Any, bool]], *, prefix: str) -> None:
    unknown = [f"{prefix}[{name}]" if prefix else name for name in form if name not in hints]
    if unknown:
        raise Malformed(
            f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )


def _refuse_missing(form: dict[str, Any], hints: dict[str, tuple[Any, bool]], *, prefix: str) -> None:
    for name, (_, required) in hints.items():
        if required and name not in form:
            path = f"{prefix}[{name}]" if prefix else name
            raise Malformed(f"Missing required param: {path}.", code="parameter_missing", param=path)


def _typed(value: Any, hint: Any, name: str) -> Any:
    choices = _choices(hint)
    if value == "" and any(_literals(choice) and "" in _literals(choice) for choice in choices):
        return ""
    if isinstance(value, dict):
        return _typed_hash(value, choices, name)
    return _typed_scalar(value, choices, name)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _literals(choice: Any) -> tuple[Any, ...]:
    return get_args(choice) if get_origin(choice) is Literal else ()


def _typed_hash(value: dict[str, Any], choices: tuple[Any, ...], name: str) -> Any:
    for choice in choices:
        origin = get_origin(choice)
        if origin is list:
            if not all(_INDEX.match(index) for index in value):
                raise Malformed("Invalid array", param=name)
            (inner,) = get_args(choice)
            return [_typed(value[index], inner, f"{name}[{index}]") for index in sorted(value, key=int)]
        if is_typeddict(choice):
            hints = _hints(choice)
            _refuse_unknown(value, hints, prefix=name)
            _refuse_missing(value, hints, prefix=name)
            return {key: _typed(each, hints[key][0], f"{name}[{key}]") for key, each in value.items()}
        if origin is not None and origin is not Literal:
            inner = get_args(choice)[-1]
            return {key: _typed(each, inner, f"{name}[{key}]") if each else "" for key, each in value.items()}
    raise Malformed(f"Invalid string: {value}", param=name)


def _typed_scalar(value: str, choices: tuple[Any, ...], name: str) -> Any:
    if value == "":
        raise Malformed(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=name,
        )
    if bool in choices and value in {"true", "false"}:
        return value == "true"
    if int in choices and _INTEGER.match(value):
        return int(value)
    allowed = [each for choice in choices for each in _literals(choice) if each]
    if allowed:
        return _one_of(allowed, value, choices, name)
    if str in choices:
        return value
    if float in choices and _DECIMAL.match(value):
        return float(value)
    if int in choices:
        raise Malformed(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    if bool in choices:
        raise Malformed(f"Invalid boolean: {value}", param=name)
    if any(is_typeddict(choice) or get_origin(choice) is dict for choice in choices):
        raise Malformed("Invalid object", param=name)
    raise Malformed("Invalid array", param=name)


def _one_of(allowed: list[str], value: str, choices: tuple[Any, ...], name: str) -> str:
    """An enumeration is closed, though the SDK types it `Literal[…] | str` to let Stripe add to it."""
    if value in allowed:
        return value
    if int in choices:
        raise Malformed(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    names = ", ".join(allowed[:-1]) + (", or " if len(allowed) > 2 else " or ") + allowed[-1]  # noqa: PLR2004
    raise Malformed(f"Invalid {name}: must be one of {names if len(allowed) > 1 else allowed[0]}", param=name)
