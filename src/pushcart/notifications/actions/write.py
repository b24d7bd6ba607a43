"""Writing a letter down as notices, and asking for them to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.notifications.jobs import send_notice
from pushcart.notifications.models import Notice

if TYPE_CHECKING:
    from pushcart.carts.models import Cart
    from pushcart.companies.models import Company
    from pushcart.events.models import Event
    from pushcart.notifications.letters import Letter

_MAIL, _SMS = Notice.Channel.MAIL, Notice.Channel.SMS


def write(letter: Letter, *, event: Event, company: Company, cart: Cart | None) -> list[Notice]:
    """Writes a mail, an SMS or both, in the caller's transaction; the jobs that send them commit with it.

    Returns the notices that are new: the same event tells nobody twice.
    """
    ways = [(_MAIL, letter.mail, letter.text), (_SMS, letter.phone, letter.short)]
    return [
        notice
        for channel, recipient, text in ways
        if recipient and text and (notice := _notice(letter, event, company, cart, channel, recipient, text))
    ]


def _notice(  # noqa: PLR0917 the parts of one row
    letter: Letter, event: Event, company: Company, cart: Cart | None, channel: str, recipient: str, text: str
) -> Notice | None:
    notice, new = Notice.objects.get_or_create(
        event_uid=event.uid,
        kind=letter.kind,
        channel=channel,
        recipient=recipient,
        defaults={"company": company, "cart": cart, "subject": letter.subject[:200], "text": text},
    )
    if not new:
        return None
    send_notice.defer(notice_id=notice.pk)
    return notice
