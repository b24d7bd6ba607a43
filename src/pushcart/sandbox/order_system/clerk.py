"""The clerk: takes the orders that came in, one after the other, and decides them by the rules of the house."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.order_system.pushcart_api import PushCartApi, SaidNoError
from pushcart.sandbox.order_system.rules import verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.sandbox.order_system.book import Book


class Clerk:
    """Works in the background: the webhook is answered before an order is decided."""

    def __init__(self, book: Book, api_for: Callable[[dict[str, Any]], PushCartApi], own_url: str) -> None:
        self._book, self._api_for, self._own_url = book, api_for, own_url
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """There is a new order."""
        self._bell.set()

    async def work(self) -> None:
        while True:
            for order in self._book.undecided():
                await self._decide(order)
            self._bell.clear()
            if not self._book.undecided():
                await self._bell.wait()

    async def hand_over(self, order: dict[str, Any]) -> None:
        """Somebody stood at the counter, or the van is back: all that was confirmed is fulfilled."""
        for item in order["items"]:
            if "fulfilled" in item["allowed"]:
                await self._say(order, item["upc"], status="fulfilled")

    async def refund(self, order: dict[str, Any], upc: str, amount: str) -> None:
        """Gives money back, once for each amount that the books do not have yet."""
        item = next(item for item in order["items"] if item["upc"] == upc)
        await self._say(order, upc, status="refund", refund_amount=amount, after=str(item["refunded"]))

    async def decide_by_hand(self, order: dict[str, Any], upc: str, **update: str) -> None:
        await self._say(order, upc, **update)

    async def _decide(self, order: dict[str, Any]) -> None:
        for item in order["items"]:
            word = verdict(item)
            page = {"fulfillment_url": f"{self._own_url}/orders/{order['hash']}"} if word.own_page else {}
            await self._say(order, item["upc"], status="received", **page)
            if word.status:
                reason = {"reason": word.reason} if word.reason else {}
                await self._say(order, item["upc"], status=word.status, **reason)
            else:
                self._book.note(f"{item['name']} waits for a person", order["hash"])
        self._book.decided(order["hash"])

    async def _say(self, order: dict[str, Any], upc: str, *, after: str = "", **update: str) -> None:
        said_once = "-".join(filter(None, (order["hash"], upc, *update.values(), after)))[:255]
        told = update["status"] + (f" ({update['reason']})" if "reason" in update else "")
        try:
            cart = await self._api_for(order).say(order["hash"], upc, said_once=said_once, **update)
        except SaidNoError as error:
            self._book.note(f"said {told} of {upc}; PushCart said no: {error}", order["hash"])
        else:
            self._book.note(f"said {told} of {upc}; the cart is {cart['status']}", order["hash"])
