"""Checking a request's values against the shape they should have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = TypeVar("Shape", bound=BaseModel)


class InvalidFieldError(ValueError):
    """Values that don't have the shape.

    Attributes:
        field: The first one at fault, as in `items[0].upc`; None: the values as a whole.
        faults: All of them, each a `{"field", "message"}`.
    """

    def __init__(self, field: str | None, message: str, faults: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.faults = faults or []

    @property
    def details(self) -> dict[str, Any]:
        return {"faults": self.faults} if self.faults else {}


def checked(shape: type[Shape], values: Mapping[str, Any]) -> Shape:
    """The values in their shape; unknown ones are passed over.

    Raises:
        InvalidFieldError: a value is missing or of another type.
    """
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        faults = [{"field": _place(fault["loc"]), "message": fault["msg"]} for fault in error.errors()]
        first = faults[0]
        message = f"{first['field'] or 'the body'}: {first['message']}."
        raise InvalidFieldError(first["field"] or None, message, faults) from None


def _place(loc: tuple[int | str, ...]) -> str:
    """`items[0].upc` from ("items", 0, "upc")."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")
