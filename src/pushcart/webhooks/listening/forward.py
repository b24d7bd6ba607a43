"""Live events forwarded to a developer's machine, as the webhook would have sent them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pushcart.webhooks import by_hand
from pushcart.webhooks.listening.feed import LATEST, FeedAwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.webhooks.by_hand import Receiver
    from pushcart.webhooks.engine.send import Answer
    from pushcart.webhooks.listening.feed import Feed, Told

POLL_SECONDS = 1.0
_LONGEST_PAUSE = 15.0


async def forward(
    feed: Feed,
    receiver: Receiver,
    types: frozenset[str],
    *,
    since: str = LATEST,
    on_sent: Callable[[Told, Answer], None],
    on_news: Callable[[str], None],
) -> None:
    """Sends each event that is wanted, one after the other; each once, whatever is answered. It does not end.

    Where PushCart is away it asks again, ever more seldom, and goes on where it was: nothing is missed.

    Args:
        feed: The company's events.
        receiver: The developer's endpoint, and the secret that signs.
        types: Of which types; empty: every one that has a document, as for an endpoint that names none.
        since: A cursor of the feed; `latest`: from now on.
        on_sent: Is told of each event and its answer.
        on_news: Is told, in a sentence, when PushCart goes away and comes back.

    Raises:
        FeedRefusedError: the key is no good, or that is no PushCart.
    """
    cursor, pause = since, 0.0
    with by_hand.sending(by_hand.LOCAL) as sender:
        while True:
            try:
                events, cursor = await feed.after(cursor)
            except FeedAwayError as away:
                if not pause:
                    on_news(f"{away}; asking again until it does")
                pause = min(max(away.retry_after, pause * 2, POLL_SECONDS), _LONGEST_PAUSE)
                await asyncio.sleep(pause)
                continue
            if pause:
                on_news("PushCart answers again")
                pause = 0.0
            for told in events:
                if told.type in types if types else told.letter.sequence is not None:
                    on_sent(told, await by_hand.send(sender, by_hand.parcel(receiver, told.letter)))
            if not events:
                await asyncio.sleep(POLL_SECONDS)
