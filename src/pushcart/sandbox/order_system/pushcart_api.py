"""Talking to PushCart: decisions by its Real-time Carts API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=40)
_TRIES = 6
_AGAIN = {409, 429, 500, 502, 503, 504}


class SaidNoError(Exception):
    """PushCart refused what we said; the message is its own sentence."""


@dataclass
class PushCartApi:
    """One company's access."""

    base: str
    key: str

    async def say(self, cart_hash: str, upc: str, *, said_once: str, **update: Any) -> dict[str, Any]:
        """POSTs an update of one line and returns the cart as it now stands.

        `said_once` is the Idempotency-Key: said twice, it counts once, so that trying again is safe.

        Raises:
            SaidNoError: PushCart refused it, or could not be reached in a dozen seconds.
        """
        url = f"{self.base}/api/v2/cart/{cart_hash}/{upc}"
        headers = {"Locally-API-Token": self.key, "Idempotency-Key": said_once}
        trouble = ""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            for attempt in range(_TRIES):
                try:
                    async with session.post(url, json=update, headers=headers) as response:
                        answer = await response.json()
                        if response.ok:
                            return dict(answer["content"])
                        trouble = answer["message"]
                        if response.status not in _AGAIN or "Retry-After" not in response.headers:
                            break
                        patience = float(response.headers["Retry-After"])
                except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                    trouble, patience = f"PushCart can't be reached ({type(error).__name__})", 0.25 * 2**attempt
                await asyncio.sleep(min(patience, 5))
        raise SaidNoError(trouble)
