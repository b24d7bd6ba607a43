"""What is owed to endpoints, how each was tried, and how far each endpoint's stream of events was read.

Two kinds of time stand in these rows. `due_at`, `first_at`, `at` and all that follows from the schedule are business
time (`kit.clock`), which the sandbox can move. `lease_until` is the database's own clock: it says when a dead pusher is
dead.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.companies.models import Endpoint
from pushcart.events.models import Event
from pushcart.kit import clock
from pushcart.webhooks.states import DELIVERY


class Cursor(models.Model):
    """How far an endpoint's stream was turned into deliveries. Moved in the transaction that writes them."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="cursor")
    number = models.BigIntegerField(default=0)
    replays = models.IntegerField(default=0, db_default=0)  # how often its owner had events sent again


class Health(models.Model):
    """How an endpoint does. Written when something changes: an endpoint that answers writes nothing here."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="health")
    failures = models.IntegerField(default=0)  # since the last 2xx
    failing_since = models.DateTimeField(null=True)  # the first of these
    last_error = models.CharField(max_length=40, blank=True, default="")
    # Signed checks: when the last was made and the next is due, and until when one is on its way.
    checked_at = models.DateTimeField(null=True)
    check_due_at = models.DateTimeField(null=True)
    check_lease_until = models.DateTimeField(null=True)


class Allowance(models.Model):
    """What a bounded endpoint may still be sent, for all pushers together; by the database's own clock."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="allowance")
    held = models.JSONField(default=dict)  # {pusher: [deliveries in its hands, until when that counts]}
    used_until = models.FloatField(default=0)  # seconds since 1970: by then all that was claimed keeps to its rate


class Delivery(models.Model):
    """One event on its way to one endpoint; for a thin body, one line of it.

    Deliveries of one lane go out one after the other, in the order of their ids. A lane is a cart's; the negative ones
    are of one matter each of the company's own: a store's feeds, an endpoint's states.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    # Events are append-only in the database: no check has to be paid for with each row.
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    number = models.BigIntegerField()  # the event's, in the endpoint's stream
    position = models.SmallIntegerField(default=0)  # of a thin body's line
    replay = models.IntegerField(default=0)  # 0: the first time; else which of the owner's replays
    upc = models.CharField(max_length=14, blank=True, default="")  # of a thin body; "": fat
    lane = models.BigIntegerField()
    state = models.CharField(max_length=10, default=DELIVERY.initial)
    due_at = models.DateTimeField(default=clock.now)
    first_at = models.DateTimeField(null=True)  # the first try of this run: the schedule counts from it
    attempts = models.IntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    folded_into = models.BigIntegerField(null=True)  # the later delivery that took its place
    # Who has it on the way, until when, and the fencing token that their result must still carry.
    claimed_by = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    token = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "number", "position", "replay"], name="webhooks_once"),
            models.CheckConstraint(condition=Q(state__in=DELIVERY.states), name="webhooks_delivery_state"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False)
                | (~Q(state="delivered") & Q(delivered_at=None)),
                name="webhooks_delivered_at",
            ),
            models.CheckConstraint(
                condition=Q(state="folded", folded_into__isnull=False, folded_into__gt=models.F("id"))
                | (~Q(state="folded") & Q(folded_into=None)),
                name="webhooks_folded_into_a_later_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at", "id"],
                name="webhooks_due_first",
                condition=Q(state="waiting", first_at=None),
            ),
            models.Index(
                fields=["endpoint", "due_at", "id"],
                name="webhooks_due_again",
                condition=Q(state="waiting", first_at__isnull=False),
            ),
            models.Index(fields=["endpoint", "lane", "id"], name="webhooks_lane", condition=Q(state="waiting")),
            models.Index(fields=["lane", "id"], name="webhooks_of_cart", condition=Q(lane__gt=0)),
            models.Index(fields=["due_at"], name="webhooks_left_out", condition=Q(state__in=["folded", "unwanted"])),
        ]

    def __str__(self) -> str:
        return f"#{self.number} to {self.endpoint}: {self.state}"


class Attempt(models.Model):
    """One request and what came back, as its owner sees it in the Station.

    A log: nothing follows from it. So the database does not check whether its endpoint and delivery exist; that check
    cost ten times as much as the row (decision 0053).
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="attempts", db_index=False, db_constraint=False)
    delivery = models.ForeignKey(
        Delivery, models.CASCADE, null=True, related_name="tries", db_index=False, db_constraint=False
    )
    event_uid = models.CharField(max_length=32)  # webhook-id
    at = models.DateTimeField()
    verb = models.CharField(max_length=4)
    url = models.CharField(max_length=500)
    request_headers = models.TextField()  # a line each; the token shows its end alone
    status = models.SmallIntegerField()  # 0: no answer
    error = models.CharField(max_length=40, blank=True)  # dns, connect, tls, timeout, http_503, blocked_address, …
    answer = models.TextField(blank=True)  # its first 20 kB
    address = models.CharField(max_length=45, blank=True)  # that was connected to
    # Microseconds from the start of the request; 0 where a kept connection had no such phase.
    dns_us, connect_us, tls_us = models.IntegerField(), models.IntegerField(), models.IntegerField()
    first_byte_us, total_us = models.IntegerField(), models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["delivery"], name="webhooks_tries"),
            models.Index(fields=["endpoint", "at"], name="webhooks_tries_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.url}: {self.error or self.status}"


class GivenUp(models.Model):
    """A delivery that was given up and of which its owner is still to be told; written with the delivery's end."""

    delivery_id = models.BigIntegerField(primary_key=True)


class Handover(models.Model):
    """An order whose push did not arrive, given to the staff of its store."""

    cart_id = models.BigIntegerField(primary_key=True)
    reason = models.CharField(max_length=20)
    at = models.DateTimeField(default=clock.now)


class Lag(models.Model):
    """What was seen of an endpoint's stream at the last look: its last event then."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="lag")
    last = models.BigIntegerField()


class Acknowledgement(models.Model):
    """By when a pushed cart should have been received or decided, and what was found then."""

    cart_id = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    raised = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="webhooks_to_look_at", condition=Q(looked_at=None)),
        ]
