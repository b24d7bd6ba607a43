"""What Stripe's answers come down to: an object, a refusal, or no answer.

A refusal is definite: nothing was done. After no answer everything may have been done, and only asking again with the
same idempotency key, or looking at what stands at Stripe, tells.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import stripe
import structlog
from stripe.oauth_error import OAuthError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

# Errors of the gateway between us, and of Stripe itself.
_OF_THE_SERVER = 500


class NoAnswerError(Exception):
    """It is not known what Stripe did: connection lost, time-out, 5xx, 429, 409, a key that is not accepted.

    Attributes:
        repeated: Stripe had kept this failure under the idempotency key, and will repeat it for as long as it is
            asked with that key.
    """

    def __init__(self, *, repeated: bool) -> None:
        self.repeated = repeated
        super().__init__("Stripe gave no answer.")


class RefusedError(Exception):
    """Stripe said no.

    Attributes:
        code: Stripe's code, the bank's decline code where there is one.
        sentence: for people: Stripe's own words where the bank refused, else empty.
        no_access: the account does not let the platform act for it any more.
    """

    def __init__(self, code: str, sentence: str = "", *, no_access: bool = False) -> None:
        self.code = code
        self.sentence = sentence
        self.no_access = no_access
        super().__init__(f"Stripe refused: {code}.")


@contextmanager
def asking(what: str, **facts: Any) -> Iterator[None]:
    """Around one call of the SDK; `facts` go into the log with the outcome, so they must hold no secret.

    Raises:
        NoAnswerError: see there.
        RefusedError: see there.
    """
    try:
        yield
    except stripe.CardError as error:
        code = _code(error)
        log.info("stripe.declined", what=what, code=code, request=error.request_id, **facts)
        raise RefusedError(code, error.user_message or "The card was declined.") from None
    except (stripe.InvalidRequestError, stripe.PermissionError) as error:
        code = _code(error)
        log.warning(
            "stripe.refused",
            what=what,
            code=code,
            status=error.http_status,
            param=getattr(error, "param", None),
            request=error.request_id,
            **facts,
        )
        raise RefusedError(code, no_access=isinstance(error, stripe.PermissionError)) from None
    except OAuthError as error:
        log.warning("stripe.refused", what=what, code=error.code, request=error.request_id, **facts)
        raise RefusedError(error.code or "refused") from None
    except stripe.IdempotencyError as error:
        log.warning("stripe.key_used_otherwise", what=what, request=error.request_id, **facts)
        raise RefusedError("idempotency_key_used_otherwise") from None
    except stripe.StripeError as error:
        repeated = _is_repeated(error)
        log.warning(
            "stripe.no_answer",
            what=what,
            kind=type(error).__name__,
            status=error.http_status,
            repeated=repeated,
            request=error.request_id,
            **facts,
        )
        raise NoAnswerError(repeated=repeated) from None


def _code(error: stripe.StripeError) -> str:
    told = error.error
    return (told and (told.decline_code or told.code)) or error.code or "refused"


def _is_repeated(error: stripe.StripeError) -> bool:
    kept = (error.headers or {}).get("idempotent-replayed", "") == "true"
    return kept and (error.http_status or 0) >= _OF_THE_SERVER
