"""Stripe's refusals, worded and coded as Stripe does. Source: docs.stripe.com/api/errors and /error-codes."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """An answer other than 200.

    Attributes:
        status: the HTTP status.
        error: the body's `error` object.
        keeps_effects: whether what was done before stays done: a declined card leaves its failed charge.
        headers: more headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002 - the wire's own name
        code: str | None = None,
        param: str | None = None,
        keeps_effects: bool = False,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps_effects = keeps_effects
        self.headers = headers or {}
        self.error: dict[str, Any] = {"message": message, "type": type}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param
        self.error.update({name: value for name, value in more.items() if value is not None})


class Malformed(Refusal):
    """A request that Stripe turns away before it starts to act: its idempotency key stays free."""

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(400, message, code=code, param=param)


def no_such(noun: str, identifier: str, *, param: str) -> Refusal:
    return Refusal(404, f"No such {noun}: '{identifier}'", code="resource_missing", param=param)


def declined(
    message: str, *, code: str, decline_code: str | None = None, param: str | None = None, **objects: Any
) -> Refusal:
    """402: the card's bank said no. What led to it is kept: the failed charge, the intent's last error."""
    return Refusal(
        402,
        message,
        type="card_error",
        code=code,
        param=param,
        keeps_effects=True,
        decline_code=decline_code,
        **objects,
    )


def unexpected_state(message: str, intent: dict[str, Any], *, kind: str = "payment_intent") -> Refusal:
    """400: the intent's state, which the answer carries, doesn't allow the call."""
    refusal = Refusal(400, message, code=f"{kind}_unexpected_state")
    refusal.error[kind] = intent
    return refusal


def no_access(key: str, account: str) -> Refusal:
    return Refusal(
        403,
        f"The provided key '{redacted(key)}' does not have access to account '{account}' (or that account "
        "does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def redacted(key: str) -> str:
    """A key as Stripe writes it into a message: enough to recognise, too little to use."""
    head, tail = key[:8], key[-4:]
    return f"{head}{'*' * max(len(key) - 12, 4)}{tail if len(key) > 12 else ''}"  # noqa: PLR2004 - 8 + 4
