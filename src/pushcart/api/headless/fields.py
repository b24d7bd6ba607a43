"""The kinds of fields that the headless API reads, and what each refuses."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from django.core.exceptions import ValidationError as BadEmail
from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_LARGEST_ID = 2**63 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PHONE = re.compile(r"[-+0-9 ().,;/x#]*")
_FEWEST_PHONE_DIGITS = 7


def no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "Input should be a number, not true or false")
    return value


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control", "Input should hold no control characters")
    return text


def _flag(value: Any) -> Any:
    """An empty field of a form is a box that wasn't ticked."""
    return False if value == "" else value


def _domain(text: str) -> str:
    """As a browser says it, `location.host`: in any letter case, with or without its port."""
    return text.lower().partition(":")[0].rstrip(".")


def _email(text: str) -> str:
    try:
        validate_email(text)
    except BadEmail:
        raise PydanticCustomError("email", "Input should be an e-mail address") from None
    return text


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text) or sum(sign.isdigit() for sign in text) < _FEWEST_PHONE_DIGITS:
        raise PydanticCustomError("phone", "Input should be a telephone number")
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise PydanticCustomError("country", "Input should be a country's two letters, as in US")
    return text.upper()


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise PydanticCustomError("currency", "Input should be a currency's three letters, as in USD")
    return text.lower()


def unless_empty(check: Any) -> AfterValidator:
    return AfterValidator(lambda text: check(text) if text else text)


Plain = AfterValidator(_plain)
Short = Annotated[str, Field(max_length=120), Plain]
Long = Annotated[str, Field(max_length=200), Plain]
Letter = Annotated[str, Field(max_length=500), Plain]
Zip = Annotated[str, Field(max_length=20), Plain]
State = Annotated[str, Field(max_length=60), Plain]
Locale = Annotated[str, Field(max_length=20), Plain]
Email = Annotated[str, Field(max_length=254), unless_empty(_email)]
Phone = Annotated[str, Field(max_length=30), unless_empty(_phone)]
Currency = Annotated[str, unless_empty(_currency)]
Domain = Annotated[str, AfterValidator(_domain)]
Country = Annotated[str, unless_empty(_country)]
Flag = Annotated[bool, BeforeValidator(_flag)]
StoreId = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=_LARGEST_ID)]
Amount = Annotated[Decimal, Field(ge=0, lt=100_000_000, decimal_places=6)]


class In(BaseModel):
    """Spaces around a text are none of it; null is as good as absent; fields that nobody knows are passed over."""

    model_config = ConfigDict(str_strip_whitespace=True, coerce_numbers_to_str=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value is not None}
        return values
