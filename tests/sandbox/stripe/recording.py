"""The SDK's own HTTP client, with an eye on what comes back: every answer is held to the SDK's types."""

from __future__ import annotations

import json
from typing import Any

import stripe

from tests.sandbox.stripe import facts


class Recording(stripe.RequestsClient):
    """Raises AssertionError on an answer that differs from what the SDK knows."""

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
        facts.CHECKED["requests"] += 1
        body, status, answered = super().request(method, url, headers, post_data, **more)
        content = json.loads(body)
        if status == 200 and "/oauth/" not in url:
            found = facts.broken(content)
            assert not found, f"{url}: {found}"
        elif "/oauth/" not in url:
            _check_error(content["error"])
        assert "/oauth/" in url or answered["Request-Id"].startswith("req_")
        return body, status, answered


def _check_error(error: dict[str, Any]) -> None:
    """The fields of an error that the SDK reads (`stripe.ErrorObject`), no others but those that Stripe adds."""
    known = set(stripe.ErrorObject.__annotations__) | {"request_log_url", "advice_code"}
    assert set(error) <= known, error
    assert error["type"] in {"api_error", "card_error", "idempotency_error", "invalid_request_error"}
    for name in ("payment_intent", "setup_intent", "payment_method"):
        if name in error:
            assert facts.broken(error[name]) == []
