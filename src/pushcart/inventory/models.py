"""What stands on the shelves, by the retailers' feeds."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.stores.models import Store


class Import(models.Model):
    """One feed that came in: what was read, what it changed, what was refused and why."""

    class State(models.TextChoices):
        RECEIVED = "received"  # its file is kept and will be read
        RUNNING = "running"  # read, or written store by store; taken up again where whoever did it is gone
        DONE = "done"  # each store that it names has it, but for those that are held
        HELD = "held"  # it would have taken away too much somewhere: a person has the word
        DISCARDED = "discarded"  # a person refused what was held; stores that did not wait have it
        FAILED = "failed"  # the stock is as it was, but where `error` says otherwise

    class Mode(models.TextChoices):
        SNAPSHOT = "snapshot"  # what it leaves out of a store is out of stock
        DELTA = "delta"  # what it leaves out stays as it is

    company = models.ForeignKey(Company, models.CASCADE, related_name="imports")
    # The one store that it tells of; none: the file says which.
    store = models.ForeignKey(Store, models.CASCADE, null=True, blank=True, related_name="imports")
    source = models.CharField(max_length=200)  # "PUT /api/v2/inventory/7", a file's name
    by = models.CharField(max_length=120, blank=True)  # the key, the person or the timetable that brought it
    decided_by = models.CharField(max_length=120, blank=True)  # who released or discarded what was held
    # Of a file of the drop folder: which one it is, so that it never counts twice, see `drop_folder.Dropped.key`.
    dropped = models.CharField(max_length=64, blank=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.SNAPSHOT)
    force = models.BooleanField(default=False)  # somebody has looked: it counts even where it empties a store
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)  # of the machine's time, reading and writing it
    attempts = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # of its file
    kept = models.BooleanField(default=False)  # its file is in the state folder
    rows = models.IntegerField(default=0)  # read so far
    stores = models.IntegerField(default=0)  # that it tells of; 0 until all of it is read
    named = ArrayField(models.BigIntegerField(), default=list)  # the stores that it tells of
    applied = ArrayField(models.BigIntegerField(), default=list)  # stores that have it
    changed = models.IntegerField(default=0)  # products whose stock or price it changed, over all its stores
    refused = models.JSONField(default=list)  # [{"line": 7, "cause": "..."}], the first thousand
    refused_count = models.IntegerField(default=0)
    repaired = models.JSONField(default=list)  # the same shape: what was put right, the first thousand
    repaired_count = models.IntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    # How a snapshot was read of which nothing had to be said; the next one that is nearly the same is read so too.
    read_as = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "running", "done", "held", "discarded", "failed"]),
                name="inventory_import_state",
            ),
            models.CheckConstraint(condition=Q(mode__in=["snapshot", "delta"]), name="inventory_import_mode"),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], name="inventory_imports_of"),
            models.Index(fields=["id"], name="inventory_imports_open", condition=Q(state__in=["received", "running"])),
            models.Index(fields=["company", "dropped"], name="inventory_imports_dropped", condition=~Q(dropped="")),
        ]

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"


class Held(models.Model):
    """What a held import would set in one store, kept until a person releases it or a newer snapshot comes."""

    feed = models.ForeignKey(Import, models.CASCADE, related_name="held")
    store = models.ForeignKey(Store, models.CASCADE, related_name="held_feeds")
    cause = models.CharField(max_length=300)
    rows = models.BinaryField()  # parquet: upc (the GTIN's number), qty, price in minor units or null

    class Meta:
        verbose_name_plural = "held"
        constraints = [models.UniqueConstraint(fields=["feed", "store"], name="inventory_held_once")]

    def __str__(self) -> str:
        return self.cause


class Stock(models.Model):
    """One product in one store: what it says counts, even where a pack says otherwise.

    `taken` is what `Since` holds of it, and never more than there is (contract, 4).
    """

    pk = models.CompositePrimaryKey("store_id", "upc")
    # Without a constraint of its own: a trigger looks once a statement, not once a row.
    # Without an index of its own: the primary key begins with it.
    store = models.ForeignKey(Store, models.CASCADE, related_name="stock", db_constraint=False, db_index=False)
    upc = models.CharField(max_length=14)
    on_hand = models.IntegerField()
    taken = models.IntegerField(default=0, db_default=0)
    # A clerk found none: nothing of it is sold here until a feed counts it anew.
    hidden = models.BooleanField(default=False, db_default=False)
    price = models.BigIntegerField(null=True)  # minor units; none: the product's MSRP
    snapshot = models.BigIntegerField()  # the import that last told it, and so when

    class Meta:
        verbose_name_plural = "stock"
        constraints = [
            models.CheckConstraint(condition=Q(on_hand__gte=0, taken__gte=0), name="inventory_not_negative"),
            models.CheckConstraint(condition=Q(taken__lte=F("on_hand")), name="inventory_not_oversold"),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="inventory_price"),
        ]
        indexes = [
            # What orders and clerks changed since it was fed: the few rows that an unchanged snapshot sets back.
            models.Index(fields=["store"], name="inventory_touched", condition=Q(taken__gt=0) | Q(hidden=True)),
        ]

    def __str__(self) -> str:
        return f"{self.upc}: {self.on_hand - self.taken}"


class Packed(models.Model):
    """Up to 128 products of a store that nobody touched since a feed told them (decision 0123).

    A row of `Stock` of the same product counts in its stead. Packs of a store are written all at once, in the order of
    their numbers, by whoever owns its lock; `inventory/lines.py` has their rules.
    """

    pk = models.CompositePrimaryKey("store_id", "first")
    store = models.ForeignKey(Store, models.CASCADE, related_name="packed", db_constraint=False, db_index=False)
    first = models.BigIntegerField()  # of its numbers
    numbers = ArrayField(models.BigIntegerField())  # GTINs
    on_hand = ArrayField(models.IntegerField())
    prices = ArrayField(models.BigIntegerField())  # minor units; -1: the product's MSRP
    snapshot = models.BigIntegerField()  # the import that told them

    class Meta:
        verbose_name_plural = "packed"

    def __str__(self) -> str:
        return f"{len(self.numbers)} from {self.first}"


class Since(models.Model):
    """What orders took and clerks hid of a product after the import `came` came in, and before the next one did.

    A feed counts what was taken before it came and no more, however late it is read: rows of an earlier `came` end with
    it, the others stay (decision 0096).
    """

    pk = models.CompositePrimaryKey("store_id", "upc", "came")
    store = models.ForeignKey(Store, models.CASCADE, related_name="since", db_index=False)
    upc = models.CharField(max_length=14)
    came = models.BigIntegerField()  # the newest import's number at that moment, of whatever company
    taken = models.IntegerField(default=0)
    hidden = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "since"
        constraints = [models.CheckConstraint(condition=Q(taken__gte=0), name="inventory_since_not_negative")]

    def __str__(self) -> str:
        return f"{self.upc}: {self.taken} since {self.came}"


class ShelfLine(models.Model):
    """What stands on the shelves, be it a row of `Stock` or packed: a view (see `inventory/lines.py`)."""

    pk = models.CompositePrimaryKey("store_id", "upc")
    store = models.ForeignKey(Store, models.DO_NOTHING, related_name="lines")
    upc = models.CharField(max_length=14)
    on_hand = models.IntegerField()
    taken = models.IntegerField()
    hidden = models.BooleanField()
    price = models.BigIntegerField(null=True)  # minor units
    snapshot = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "inventory_line"

    def __str__(self) -> str:
        return f"{self.upc}: {self.on_hand - self.taken}"


class Sellable(models.Model):
    """What a store can still sell of a product: a view (see `inventory/lines.py`)."""

    pk = models.CompositePrimaryKey("store_id", "upc")
    store = models.ForeignKey(Store, models.DO_NOTHING, related_name="sellable")
    upc = models.CharField(max_length=14)
    qty = models.IntegerField()  # on hand less ordered and less the store's safety stock; 0 where hidden
    price = models.BigIntegerField(null=True)  # minor units

    class Meta:
        managed = False
        db_table = "inventory_sellable"

    def __str__(self) -> str:
        return f"{self.upc}: {self.qty}"


class Xid(models.Field):  # type: ignore[type-arg]  # it takes none when it runs
    """PostgreSQL's xid8: the number of a transaction, 64 bits, never used again."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002 Django hands it
        return "xid8"


class Change(models.Model):
    """That a store can sell more or less of a product now, or at another price: written by the database itself.

    For whoever keeps stock in memory. Read those whose transaction lies below every one that still runs
    (`xid < pg_snapshot_xmin(pg_current_snapshot())`) in the order of `(xid, id)`: so none is missed that commits late.
    NOTIFY `pushcart_stock` says that there are some. They are kept for an hour.
    """

    store_id = models.BigIntegerField()
    upc = models.CharField(max_length=14, null=True)  # noqa: DJ001 none: so much changed that the store is read anew
    at = models.DateTimeField(db_default=Now())  # the machine's time
    xid = Xid(db_default=models.Func(function="pg_current_xact_id"))

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="inventory_change_order")]

    def __str__(self) -> str:
        return f"{self.upc or 'all'} in {self.store_id}"


class Freshness(models.Model):
    """When a store's stock was last told; PushCart asks for a feed every 24 hours (decision 0097)."""

    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="freshness")
    fed_at = models.DateTimeField()  # in full or in part: whether it may sell goes by this
    counted_at = models.DateTimeField()  # in full: the age that answers give of its stock
    snapshot = models.BigIntegerField()  # the import that last told all of it
    warned_snapshot = models.BigIntegerField(null=True)  # of whose age the owner was warned
    # Of what that said; none where it can't be told again by the same words. A feed that says the same writes nothing.
    digest = models.BinaryField(null=True)
    lines = models.IntegerField(default=0)  # of those words
    in_stock = models.IntegerField(default=0)  # of these lines, those that say more than 0

    class Meta:
        verbose_name_plural = "freshness"

    def __str__(self) -> str:
        return f"fed {self.fed_at:%Y-%m-%d %H:%M} UTC"


class HostedFeed(models.Model):
    """A feed that its retailer keeps on a server of its own, fetched on a timetable."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="hosted_feeds")
    store = models.ForeignKey(Store, models.CASCADE, null=True, blank=True, related_name="hosted_feeds")
    url = models.URLField(max_length=500)
    sealed_credentials = models.TextField(blank=True)  # user:password
    mode = models.CharField(max_length=10, choices=Import.Mode, default=Import.Mode.SNAPSHOT)
    every_minutes = models.IntegerField(default=60)
    due_at = models.DateTimeField(default=clock.now)
    # What the server said of the file that was last taken in.
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)
    fetched_at = models.DateTimeField(null=True)  # when it was last asked
    failures = models.IntegerField(default=0)  # since it last answered
    error = models.CharField(max_length=300, blank=True)
    last_import = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "url"], name="inventory_hosted_once"),
            models.CheckConstraint(condition=Q(every_minutes__gte=5), name="inventory_hosted_every"),
            models.CheckConstraint(condition=Q(mode__in=["snapshot", "delta"]), name="inventory_hosted_mode"),
        ]
        indexes = [models.Index(fields=["due_at"], name="inventory_hosted_due")]

    def __str__(self) -> str:
        return self.url
