"""Ed25519 beside HMAC, by Standard Webhooks; verified with `cryptography`, none of ours in between."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest
import standardwebhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pushcart.companies.actions.retire_secrets import retire_secrets
from pushcart.companies.actions.retire_signing_keys import retire_signing_keys
from pushcart.companies.actions.rotate_secret import rotate_secret
from pushcart.companies.actions.rotate_signing_key import rotate_signing_key
from pushcart.companies.actions.show_secrets import show_secrets
from pushcart.companies.signing_keys import public_key
from pushcart.webhooks.models import Attempt
from tests import network
from tests.webhooks.conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Push, Sink

pytestmark = pytest.mark.usefixtures("still")


class Refused(Exception):  # noqa: N818 what a receiver says
    pass


class Receiver:
    """What an owner builds from the specification: one public key, five minutes, each id once."""

    def __init__(self, public: str) -> None:
        assert public.startswith("whpk_")
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
        self._seen: set[str] = set()

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        uid, at = headers["webhook-id"], headers["webhook-timestamp"]
        if abs(time.time() - int(at)) > 300:
            raise Refused("old")
        signed = f"{uid}.{at}.".encode() + body
        if not any(self._fits(each, signed) for each in headers["webhook-signature"].split()):
            raise Refused("signature")
        if uid in self._seen:
            raise Refused("replayed")
        self._seen.add(uid)

    def _fits(self, signature: str, signed: bytes) -> bool:
        version, _, value = signature.partition(",")
        if version != "v1a":
            return False
        try:
            self._key.verify(base64.b64decode(value), signed)
        except InvalidSignature:
            return False
        return True


def versions(pushed: Push) -> list[str]:
    return [each.partition(",")[0] for each in pushed.headers["webhook-signature"].split()]


def test_it_signs_by_ed25519_only_where_that_was_asked_for(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store)
    push()
    public = rotate_signing_key(endpoint.pk)
    network.cart(store)
    push()
    assert [versions(pushed) for pushed in sink.pushes] == [["v1"], ["v1", "v1a"]]
    pushed = sink.pushes[1]
    Receiver(public).take(pushed.body, pushed.headers)
    standardwebhooks.Webhook(SECRET).verify(pushed.body, pushed.headers)


def test_a_tampered_old_strange_or_replayed_one_is_refused(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    public = rotate_signing_key(endpoint.pk)
    network.cart(store)
    push()
    (pushed,) = sink.pushes
    receiver = Receiver(public)
    with pytest.raises(Refused, match="signature"):
        receiver.take(pushed.body.replace(b"ordered", b"refused"), pushed.headers)
    with pytest.raises(Refused, match="signature"):
        receiver.take(pushed.body, {**pushed.headers, "webhook-id": "evt_another"})
    newer = str(int(pushed.headers["webhook-timestamp"]) + 1)
    with pytest.raises(Refused, match="signature"):
        receiver.take(pushed.body, {**pushed.headers, "webhook-timestamp": newer})
    with pytest.raises(Refused, match="old"):
        receiver.take(pushed.body, {**pushed.headers, "webhook-timestamp": str(int(newer) - 3600)})
    with pytest.raises(Refused, match="signature"):
        Receiver("whpk_" + base64.b64encode(bytes(32)).decode()).take(pushed.body, pushed.headers)
    receiver.take(pushed.body, pushed.headers)
    with pytest.raises(Refused, match="replayed"):
        receiver.take(pushed.body, pushed.headers)


def test_secrets_and_keys_rotate_with_overlap_in_one_header(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    old = rotate_signing_key(endpoint.pk)
    new = rotate_signing_key(endpoint.pk)
    secret = rotate_secret(endpoint.pk)
    assert old != new
    network.cart(store)
    push()
    during = sink.pushes[0]
    assert versions(during) == ["v1", "v1", "v1a", "v1a"]
    for public in (old, new):
        Receiver(public).take(during.body, during.headers)
    for one in (SECRET, secret):
        standardwebhooks.Webhook(one).verify(during.body, during.headers)
    assert (retire_signing_keys(endpoint.pk), retire_secrets(endpoint.pk)) == (1, 1)
    network.cart(store)
    push()
    after = sink.pushes[1]
    assert versions(after) == ["v1", "v1a"]
    Receiver(new).take(after.body, after.headers)
    with pytest.raises(Refused, match="signature"):
        Receiver(old).take(after.body, after.headers)
    assert retire_signing_keys(endpoint.pk, all_of_them=True) == 1
    network.cart(store)
    push()
    assert versions(sink.pushes[2]) == ["v1"]


def test_no_more_than_three_keys_sign(store: Store, endpoint: Endpoint) -> None:
    publics = [rotate_signing_key(endpoint.pk) for _ in range(4)]
    endpoint.refresh_from_db()
    assert [public_key(sealed) for sealed in endpoint.sealed_signing_keys] == publics[:0:-1]


def test_private_keys_are_kept_sealed_and_secrets_are_shown_again(
    store: Store, endpoint: Endpoint, push: Callable[[], int]
) -> None:
    public = rotate_signing_key(endpoint.pk)
    secret = rotate_secret(endpoint.pk)
    endpoint.refresh_from_db()
    (sealed,) = endpoint.sealed_signing_keys
    assert "whsk_" not in sealed
    assert public_key(sealed) == public
    assert show_secrets(endpoint) == [secret, SECRET]
    network.cart(store)
    push()
    shown = Attempt.objects.get().request_headers
    assert secret not in shown
    assert f"locally-webhook-token: …{secret[-4:]}" in shown.split("\n")
