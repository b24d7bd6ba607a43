"""The news since a snapshot, taken into the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pushcart.locator.index.load import DEALERS
from pushcart.locator.records import STORES, store_of

if TYPE_CHECKING:
    from asyncpg import Connection

    from pushcart.locator.index.chart import Chart
    from pushcart.locator.index.shelves import Shelves, Told
    from pushcart.locator.index.state import State

# Exactly the changes that committed between two snapshots, however long ago they were made: $1 is the earlier one.
_NEWS = """
SELECT pg_current_snapshot()::text AS snapshot,
       ARRAY(SELECT DISTINCT store_id || coalesce(' ' || upc, '') FROM inventory_change
             WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)
               AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) AS stock,
       ARRAY(SELECT DISTINCT about || ' ' || key FROM locator_change
             WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)
               AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) AS places
"""
_PATIENCE = 10  # seconds
_CHANGED_STORES = f"{STORES} WHERE store.id = ANY($1) OR store.company_id = ANY($2)"
_SHELF = """
SELECT changed.store_id, line.upc::bigint AS upc, line.qty, coalesce(line.price, -1) AS price
FROM (SELECT store_id, array_agg(upc) AS upcs FROM unnest($1::bigint[], $2::text[]) AS named (store_id, upc) GROUP BY 1)
    AS changed
CROSS JOIN LATERAL inventory_sellable_lines(changed.store_id, changed.upcs) line
"""
_SHELVES = """
SELECT store_id, upc::bigint AS upc, qty, coalesce(price, -1) AS price
FROM inventory_sellable WHERE store_id = ANY($1) AND qty > 0
"""
_STORES_AT_ONCE = 20


class News(NamedTuple):
    """What changed.

    Attributes:
        snapshot: Up to which.
        stock: Stores and their products; None for a product: all of the store.
        places: What each is about, and of which.
    """

    snapshot: str
    stock: list[tuple[int, str | None]]
    places: list[tuple[str, int]]


async def news(connection: Connection[Any], since: str) -> News:
    """What committed since that snapshot."""
    [row] = await connection.fetch(_NEWS, since, timeout=_PATIENCE)
    stock = [text.partition(" ") for text in row["stock"]]
    places = [text.partition(" ") for text in row["places"]]
    return News(
        row["snapshot"],
        [(int(store_id), upc or None) for store_id, _, upc in stock],
        [(about, int(key)) for about, _, key in places],
    )


async def take_in(connection: Connection[Any], state: State, fresh: News) -> State:
    """The state after the news: it is read anew as it stands now, which is as late as the news or later.

    Until all is read nothing is changed, so a database that goes away in between leaves the state whole. Whatever else
    it raises, the state may hold half of the news and has to be dropped.
    """
    chart, reread = await _chart(connection, state.chart, fresh)
    reread |= {store_id for store_id, upc in fresh.stock if upc is None}
    about = {what for what, _ in fresh.places}
    dealers = state.dealers
    if "brand" in about:
        dealers = {brand: frozenset(retailers) for brand, retailers in await connection.fetch(DEALERS)}
    if about & {"products", "company"}:
        state.products.forget()
    named = {(store_id, upc) for store_id, upc in fresh.stock if upc is not None and store_id not in reread}
    told = await _named(connection, chart, named)
    for first in range(0, len(reread), _STORES_AT_ONCE):
        stores = sorted(reread)[first : first + _STORES_AT_ONCE]
        await _reread(connection, chart, state.shelves, stores, told)
    # From here on nothing is asked of the database.
    for upc, slots in told.items():
        state.shelves.change(upc, slots)
    shelves = state.shelves.tidied() if state.shelves.is_untidy else state.shelves
    return state._replace(chart=chart, shelves=shelves, dealers=dealers)


async def _chart(connection: Connection[Any], chart: Chart, fresh: News) -> tuple[Chart, set[int]]:
    """The stores after the news; and the ids of those whose stock has to be read anew, for they have a new slot."""
    stores = {key for about, key in fresh.places if about == "store"}
    companies = {key for about, key in fresh.places if about == "company"}
    if not stores and not companies:
        return chart, set()
    changed = [store_of(row) for row in await connection.fetch(_CHANGED_STORES, list(stores), list(companies))]
    gone = stores - {store.id for store in changed}
    chart, moved = chart.changed(changed, gone)
    return chart, set(moved)


async def _named(connection: Connection[Any], chart: Chart, named: set[tuple[int, str]]) -> dict[int, Told]:
    told: dict[int, Told] = {}
    for store_id, upc in named:
        slot = chart.slot_of.get(store_id)
        if slot is not None:
            told.setdefault(int(upc), {})[slot] = 0, -1
    if told:
        ids, upcs = zip(*named, strict=True)
        for row in await connection.fetch(_SHELF, list(ids), list(upcs)):
            slot = chart.slot_of.get(row["store_id"])
            if slot is not None:
                told[row["upc"]][slot] = row["qty"], row["price"]
    return told


async def _reread(
    connection: Connection[Any], chart: Chart, shelves: Shelves, stores: list[int], told: dict[int, Told]
) -> None:
    """Adds to `told` what differs between these stores' shelves and what is known of them."""
    known = [store_id for store_id in stores if store_id in chart.slot_of]
    before = shelves.in_slots([chart.slot_of[store_id] for store_id in known], of=len(chart.stores))
    for row in await connection.fetch(_SHELVES, known):
        slot = chart.slot_of[row["store_id"]]
        now = row["qty"], row["price"]
        if before[slot].pop(row["upc"], None) != now:
            told.setdefault(row["upc"], {})[slot] = now
    for slot, gone in before.items():
        for upc in gone:
            told.setdefault(upc, {})[slot] = 0, -1
