from __future__ import annotations

from typing import Any

import pytest

from tests import network


class Api:
    """Calls the API as a retailer's system does, through Django's own client."""

    def __init__(self, client: Any, secret: str) -> None:
        self._client, self.secret = client, secret

    def post(self, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str) -> Any:
        return self._client.post(path, body, content_type=content_type, headers=self._headers(headers))

    def put(self, path: str, body: bytes | str, **headers: str) -> Any:
        return self._client.put(path, body, content_type="text/csv", headers=self._headers(headers))

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Locally-API-Token": self.secret, **said}


@pytest.fixture
def cart(transactional_db, settings):
    """A reserved cart: no card, so that no payment service is asked. Two lines."""
    return network.cart(path="ropis", lines=[(network.GRILL, 1), (network.TOWEL, 2)])


@pytest.fixture
def api(client, cart):
    return Api(client, network.key(cart.retailer)[1])
