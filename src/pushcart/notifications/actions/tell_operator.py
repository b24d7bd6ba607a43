"""Mail to those who run the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.companies.models import Membership
from pushcart.notifications.jobs import send_notice
from pushcart.notifications.models import Notice

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def tell_operator(company: Company, *, about: str, uid: str, subject: str, text: str) -> list[Notice]:
    """Writes a mail to `OPERATOR_EMAIL`, or without it to each operator; the same `uid` tells nobody twice.

    Args:
        company: whose matter it is.
        about: the notice's kind, after `operator.`.
        uid: 32 characters at most.
        subject: of the mail.
        text: of the mail, plain.
    """
    return [notice for recipient in _operators() if (notice := _notice(recipient, company, about, uid, subject, text))]


def _operators() -> list[str]:
    if settings.OPERATOR_EMAIL:
        return [settings.OPERATOR_EMAIL]
    of_network = Membership.objects.filter(role=Membership.Role.OPERATOR).exclude(person__email="")
    return sorted(set(of_network.values_list("person__email", flat=True)))


def _notice(  # noqa: PLR0917 the parts of one row
    recipient: str, company: Company, about: str, uid: str, subject: str, text: str
) -> Notice | None:
    notice, new = Notice.objects.get_or_create(
        event_uid=uid,
        kind=f"operator.{about}",
        channel=Notice.Channel.MAIL,
        recipient=recipient,
        defaults={"company": company, "subject": subject[:200], "text": text},
    )
    if not new:
        return None
    send_notice.defer(notice_id=notice.pk)
    return notice
