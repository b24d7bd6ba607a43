"""What an act of the double knows of the call it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pushcart.kit import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.sandbox.stripe.store import Store


def now() -> int:
    """The business moment in seconds, by the clock that PushCart itself lives by."""
    return int(clock.now().timestamp())


def moment(at: int | None = None) -> datetime:
    """A business moment in seconds as a datetime, in UTC; the present one where None."""
    return datetime.fromtimestamp(now() if at is None else at, UTC)


@dataclass
class Call:
    """One request, or something that happens by itself (then nobody asked: no request, no key).

    Attributes:
        account: in whose books it acts: the platform's, or the connected account's named by `Stripe-Account`.
        platform: whose key it came with.
        loses_answer: set by an act whose answer must get lost on its way.
    """

    store: Store
    account: str
    platform: str
    base_url: str
    params: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None
    key: str = ""
    now: int = field(default_factory=now)
    loses_answer: bool = False

    @property
    def moment(self) -> datetime:
        return moment(self.now)

    @property
    def connected(self) -> bool:
        return self.account != self.platform

    @property
    def application(self) -> str | None:
        """The platform as a connected account's objects name it."""
        return self.platform.replace("acct_", "ca_") if self.connected else None

    def at_platform(self) -> Call:
        """The same call, in the platform's own books: its application fees stand there."""
        return Call(
            store=self.store,
            account=self.platform,
            platform=self.platform,
            base_url=self.base_url,
            request_id=self.request_id,
            idempotency_key=self.idempotency_key,
            now=self.now,
        )


@dataclass(frozen=True)
class Route:
    """One call of Stripe's API: who answers it, and what it may carry."""

    method: str
    path: str
    act: Callable[[Call], dict[str, Any]]
    known: type | None = None
    played: frozenset[str] = frozenset()
    publishable: bool = False
