"""Idempotency-Key: the same key with the same request gets the stored answer, with another request a refusal."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import HttpResponse

from pushcart.api.errors import Refused
from pushcart.api.reading import bytes_of
from pushcart.companies.idempotent_answers import forgotten_before
from pushcart.companies.models import IdempotentAnswer
from pushcart.kit import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

LONGEST = 255
# After so long a first request without an answer is taken for dead, and the next one does the work.
PATIENCE = timedelta(seconds=60)
_KEPT_HEADERS = ("Content-Type", "ETag")
_SERVER_ERROR = 500


def once(request: HttpRequest, key: ApiKey, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Does `act` once for each Idempotency-Key; without the header, always.

    What asks to be tried again (5xx, Retry-After) is not kept: the caller may do so with the same key.

    Raises:
        Refused: 422 the key came with another request before; 409 the first request is still at work.
    """
    said = request.headers.get("Idempotency-Key", "").strip()
    if not said:
        return act()
    if len(said) > LONGEST:
        raise Refused(422, "invalid_idempotency_key", f"An Idempotency-Key has at most {LONGEST} characters.")
    answer = _begin(key, said, _fingerprint(request))
    if answer.status is not None:
        return _again(answer)
    try:
        response = act()
    except Refused as refused:
        _keep(answer, refused.response())
        raise
    except BaseException:
        answer.delete()
        raise
    _keep(answer, response)
    return response


def _begin(key: ApiKey, said: str, fingerprint: bytes) -> IdempotentAnswer:
    IdempotentAnswer.objects.filter(api_key=key, key=said, begun_at__lt=forgotten_before()).delete()
    answer, first = IdempotentAnswer.objects.get_or_create(api_key=key, key=said, defaults={"fingerprint": fingerprint})
    if first:
        return answer
    if bytes(answer.fingerprint) != fingerprint:
        raise Refused(
            422, "idempotency_key_reused", "This Idempotency-Key was used for another request; give each its own."
        )
    if answer.status is None and not _take_over(answer):
        raise Refused(
            409, "request_in_progress", "The first request with this Idempotency-Key is still at work.", retry_after=1
        )
    return answer


def _take_over(answer: IdempotentAnswer) -> bool:
    """Only one of several who wait for a dead request does its work."""
    now = clock.now()
    if answer.begun_at > now - PATIENCE:
        return False
    mine = IdempotentAnswer.objects.filter(pk=answer.pk, begun_at=answer.begun_at, status=None)
    return mine.update(begun_at=now) == 1


def _keep(answer: IdempotentAnswer, response: HttpResponse) -> None:
    if response.status_code >= _SERVER_ERROR or "Retry-After" in response:
        answer.delete()
        return
    answer.status = response.status_code
    answer.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    answer.body = response.content
    answer.save(update_fields=["status", "headers", "body"])


def _again(answer: IdempotentAnswer) -> HttpResponse:
    headers = {**answer.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(bytes(answer.body or b""), status=answer.status, headers=headers)


def _fingerprint(request: HttpRequest) -> bytes:
    digest = hashlib.sha256(request.get_full_path().encode())
    digest.update(b"\0")
    digest.update(bytes_of(request))
    return digest.digest()
