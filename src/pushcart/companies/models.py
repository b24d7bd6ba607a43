"""Tenants: the companies of the network, their people, keys and settings."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from pushcart.companies.domains import FORM
from pushcart.kit import clock


class Company(models.Model):
    class Kind(models.TextChoices):
        BRAND = "brand"
        RETAILER = "retailer"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    country = models.CharField(max_length=2, default="US")
    currency = models.CharField(max_length=3, default="usd")  # lower case, as Stripe writes it
    email = models.EmailField(blank=True)  # the owner's, for what must not be missed
    # Buy it Locally asks for a payment method on the company account, for the network's own invoices.
    billing_payment_method = models.CharField(max_length=80, blank=True)
    billing_customer = models.CharField(max_length=80, blank=True)  # the company as the platform's customer at Stripe
    billing_session = models.CharField(max_length=120, blank=True)  # in which a card is being entered there
    billing_card_brand = models.CharField(max_length=20, blank=True)
    billing_card_last4 = models.CharField(max_length=4, blank=True)
    billing_checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["brand", "retailer"]), name="companies_kind"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A domain of a brand on which its shoppers order: `host_domain` of an order names it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="sites")
    domain = models.CharField(max_length=253, unique=True)  # lower case, no port

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(domain__regex=FORM), name="companies_site_domain")]

    def __str__(self) -> str:
        return self.domain


class Dealer(models.Model):
    """A brand shows a retailer's stores to its shoppers only where it says so."""

    brand = models.ForeignKey(Company, models.CASCADE, related_name="dealers")
    retailer = models.ForeignKey(Company, models.CASCADE, related_name="dealer_of")
    authorized = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "retailer"], name="companies_one_dealership")]

    def __str__(self) -> str:
        return f"{self.brand} {'shows' if self.authorized else 'does not show'} {self.retailer}"


class Person(AbstractUser):
    phone = models.CharField(max_length=20, blank=True)


class Membership(models.Model):
    class Role(models.TextChoices):
        OPERATOR = "operator"  # of the network; has no company
        OWNER = "owner"
        STAFF = "staff"

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "company"], nulls_distinct=False, name="companies_one_membership"
            ),
            models.CheckConstraint(
                condition=models.Q(role="operator", company=None)
                | models.Q(role__in=["owner", "staff"], company__isnull=False),
                name="companies_role_fits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.company or 'the network'}"


class ApiKey(models.Model):
    """Stored encrypted, because its owner may see it again; found by a keyed hash (contract, section 1)."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    test = models.BooleanField(default=False)
    sealed = models.TextField()
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class StripeAccount(models.Model):
    """A retailer's connected account, as Stripe last told of it."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="stripe_account")
    account_id = models.CharField(max_length=40, unique=True)
    charges_enabled = models.BooleanField(default=False)
    disabled_reason = models.CharField(max_length=120, blank=True)
    deauthorized_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.account_id


class Endpoint(models.Model):
    """Where a company takes pushes: the webhook URL of a retailer's PushCart profile, for live or for test orders."""

    class Body(models.TextChoices):
        FAT = "fat"  # the cart object
        THIN = "thin"  # {upc, order_id, status, order_url}, one a line

    class State(models.TextChoices):
        UNCHECKED = "unchecked"  # new or changed: used once it has answered a signed endpoint.check
        WORKING = "working"
        FAILING = "failing"  # events are held and tried on; new orders fall back to the standard workflow
        PAUSED = "paused"  # by its owner
        STOPPED = "stopped"  # answered 410

    company = models.ForeignKey(Company, models.CASCADE, related_name="endpoints")
    test = models.BooleanField(default=False)
    url = models.URLField(max_length=500)
    body = models.CharField(max_length=4, choices=Body, default=Body.FAT)
    # Events of these types alone; none named: all.
    event_types = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UNCHECKED)
    state_since = models.DateTimeField(default=clock.now)
    state_reason = models.CharField(max_length=300, blank=True)
    # Works, but takes events slower than they come: since when the oldest one waits.
    behind_since = models.DateTimeField(null=True, blank=True)
    # Sealed, newest first: each signs during a rotation. HMAC secrets, and Ed25519 keys where the owner asked for them.
    sealed_secrets = ArrayField(models.TextField(), default=list)
    sealed_signing_keys = ArrayField(models.TextField(), default=list, db_default=[], blank=True)
    # Headers of the owner's own, a sealed JSON object; "": none.
    sealed_headers = models.TextField(blank=True, default="", db_default="")
    # What we show of ourselves by mutual TLS (PEM, the chain behind it), and the authorities that the endpoint's own
    # certificate must come from (PEM); "": none, and the system's.
    client_certificate = models.TextField(blank=True, default="", db_default="")
    sealed_client_key = models.TextField(blank=True, default="", db_default="")
    client_certificate_ends = models.DateTimeField(null=True, blank=True)
    client_certificate_warned = models.SmallIntegerField(null=True, blank=True)  # days before its end
    authorities = models.TextField(blank=True, default="", db_default="")
    # An update that a newer one of the same cart has overtaken need not come any more.
    folds = models.BooleanField(default=False, db_default=False)
    # Bounds that hold for all pushers together; None: each pusher's own.
    most_at_once = models.PositiveSmallIntegerField(null=True, blank=True)
    most_per_minute = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(body__in=["fat", "thin"]), name="companies_endpoint_body"),
            models.CheckConstraint(
                condition=models.Q(sealed_secrets__len__lte=3, sealed_signing_keys__len__lte=3),
                name="companies_endpoint_rotation",
            ),
            models.CheckConstraint(
                condition=models.Q(client_certificate="", sealed_client_key="", client_certificate_ends=None)
                | (
                    ~models.Q(client_certificate="")
                    & ~models.Q(sealed_client_key="")
                    & models.Q(client_certificate_ends__isnull=False)
                ),
                name="companies_endpoint_certificate_has_key",
            ),
            models.CheckConstraint(
                condition=models.Q(most_at_once=None) | models.Q(most_at_once__range=(1, 100)),
                name="companies_endpoint_at_once",
            ),
            models.CheckConstraint(
                condition=models.Q(most_per_minute=None) | models.Q(most_per_minute__range=(1, 60_000)),
                name="companies_endpoint_per_minute",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class IdempotentAnswer(models.Model):
    """One use of an Idempotency-Key by one API key. Without a status the first request is still at work, or died."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)  # of the path and the body
    begun_at = models.DateTimeField(default=clock.now)
    status = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="companies_one_answer_per_key")]
        indexes = [models.Index(fields=["begun_at"], name="companies_old_answers")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'at work'}"
