"""Stripe's metadata: up to 50 short strings on an object, merged by key."""

from __future__ import annotations

from typing import Any

from pushcart.sandbox.stripe.errors import Malformed

_MOST_KEYS, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def merged(present: dict[str, str], params: dict[str, Any]) -> dict[str, str]:
    """The object's metadata after a call: an empty value unsets its key, an empty `metadata` unsets all.

    Raises:
        Malformed: more keys or longer strings than Stripe takes.
    """
    given = params.get("metadata", {})
    if given == "":
        return {}
    after = {key: value for key, value in {**present, **given}.items() if value != ""}
    if len(after) > _MOST_KEYS:
        raise Malformed(f"Metadata can have at most {_MOST_KEYS} keys.", param="metadata")
    for key, value in after.items():
        if len(key) > _LONGEST_KEY:
            raise Malformed(
                f"Metadata keys can be up to {_LONGEST_KEY} characters long.",
                code="parameter_invalid_string_length",
                param="metadata",
            )
        if len(value) > _LONGEST_VALUE:
            raise Malformed(
                f"Metadata values can be up to {_LONGEST_VALUE} characters long, but you passed in a value that is "
                f"{len(value)} characters.",
                code="parameter_invalid_string_length",
                param=f"metadata[{key}]",
            )
    return after
