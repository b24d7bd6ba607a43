"""The chapters: each an order that goes another way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pushcart.eligibility.models import Standing
from pushcart.kit import clock
from pushcart.sandbox.goods import GRILL
from pushcart.sandbox.scenarios import BY_NAME, CHIMNEY
from pushcart.sandbox.story.calendar import next_june_tuesday

if TYPE_CHECKING:
    from pushcart.sandbox.shopper import Site
    from pushcart.sandbox.story.teller import Teller
    from pushcart.sandbox.story.wire import Wire
    from pushcart.stores.models import Store

AUSTIN = ZoneInfo("America/Chicago")

# A Tuesday that is still to come, for the clock is never set back: in June, when days are long and no holiday falls.
TUESDAY = next_june_tuesday(datetime.now(AUSTIN).date())
WEDNESDAY = TUESDAY + timedelta(days=1)
TUESDAY_MORNING = datetime.combine(TUESDAY, time(10), tzinfo=AUSTIN)
SHOPPER, SHOPPERS_PHONE = "ada@shopper.example", "+15125550123"


@dataclass
class Story:
    """What all chapters share."""

    tell: Teller
    wire: Wire
    site: Site
    store: Store
    network: dict[str, Any]
    carts: dict[str, str] = field(default_factory=dict)  # the orders, by scenario

    def buy(self, scenario: str) -> dict[str, Any]:
        """Sends the scenario's order off and returns the cart."""
        wish = BY_NAME[scenario].wish
        answer = self.site.buy(wish, self.store)
        self.tell.step("shopper", f"POST /headless/api/1.0/cart/validate ({wish.path}) → {answer['status']}")
        self.tell.check(
            "the order is taken", (answer["status"], answer["success"], answer.get("msg")), (200, True, None)
        )
        cart = dict(answer["data"]["carts"][0]["cart"])
        by = datetime.fromisoformat(cart["respond_by"]).astimezone(AUSTIN)
        self.tell.step(
            "pushcart",
            f"{cart['hash']}: {cart['grand_total']:.2f} {cart['payment']['status']} on {cart['payment']['brand']}"
            f" {cart['payment']['last4']}; {cart['workflow']}; answer by {by:%a %H:%M}",
        )
        self.carts[scenario] = cart["hash"]
        return cart

    def move_to(self, moment: datetime) -> None:
        clock.move_to(moment.astimezone(UTC))
        self.tell.step("clock", f"it is {moment:%A %H:%M} in {self.store.city}")


def the_tills_report(story: Story) -> None:
    """The stock is told anew, because the clock was set; the stores come back to PushCart by themselves."""
    story.tell.chapter("The morning: the stores' tills send what they have")
    story.move_to(TUESDAY_MORNING)
    feed = story.wire.put_feed(Path(story.network["feeds"]["hardware"]).read_bytes())
    story.tell.step("store", f"PUT /api/v2/inventory → {feed['rows']} rows, {feed['state']}")
    story.tell.check("the feed went in", (feed["state"], feed["refused_count"]), ("done", 0))
    story.wire.until("the store takes orders by PushCart", lambda: _standing(story).pushcart)


def the_grill(story: Story) -> None:
    """Delivered the same day: confirmed, charged, handed over, and then partly refunded."""
    story.tell.chapter("1. The grill, delivered the same day")
    cart = story.buy("grill")
    story.tell.check("the price, the tax and the delivery", _sums(cart), ("399.00", "32.92", "9.00", "440.92"))
    story.tell.check("two open hours to answer", cart["respond_by"][:16], f"{TUESDAY}T17:00")
    charged = story.wire.until_status(cart["hash"], "confirmed", "captured")
    story.tell.check("it is charged in full", charged["captured_total"], 440.92)
    story.wire.until_letter("confirmed your order", SHOPPER)
    story.wire.until_letter("confirmed your order", SHOPPERS_PHONE, "sms")
    story.move_to(TUESDAY_MORNING + timedelta(hours=3))
    _staff(story, cart, "hand-over")
    story.wire.until_status(cart["hash"], "fulfilled", "captured")
    _staff(story, cart, "refund", upc=GRILL, amount="40.00")
    refunded = story.wire.until_status(cart["hash"], "partially_refunded", "partially_refunded")
    story.tell.check("a part is given back", (refunded["captured_total"], refunded["refunded_total"]), (440.92, 40.0))
    story.wire.until_letter("A refund for your order", SHOPPER)


def the_griddle(story: Story) -> None:
    """Rejected with a reason; nothing is charged."""
    story.tell.chapter("2. The griddle: the store says no, and why")
    cart = story.buy("griddle")
    ended = story.wire.until_status(cart["hash"], "rejected", "released")
    story.tell.check("the reason", ended["items"][0]["reason"], "Only the display piece is left, and it has a crack.")
    story.tell.check("nothing is charged", ended["captured_total"], 0.0)
    story.wire.until_letter("can't fulfil your order", SHOPPER)
    story.wire.until_letter("was rejected", story.store.email)


def the_green_kettle(story: Story) -> None:
    """Followed on the retailer's own pages: from then on PushCart writes to the shopper no more."""
    story.tell.chapter("3. The green kettle: the store takes over by fulfillment_url")
    cart = story.buy("green-kettle")
    story.wire.until_status(cart["hash"], "confirmed", "captured")
    page = story.wire.get(cart["order_url"])
    leads = page.headers.get("location", "")
    own = f"{story.network['urls']['order_system']}/orders/{cart['hash']}"
    story.tell.check("the shopper's link leads to the store", (page.status_code, leads), (302, own))
    story.tell.step("shopper", f"GET {cart['order_url'][-50:]} → {page.status_code} to {leads}")
    story.tell.check("the page is there", story.wire.get(leads).status_code, 200)


def nobody_wrote_twice(story: Story) -> None:
    """What the store took over, it tells the shopper of itself."""
    kettle = story.carts["green-kettle"]
    wrote = [f"{letter['subject']} {letter['text']}" for letter in story.wire.letters if letter["recipient"] == SHOPPER]
    about = [letter for letter in wrote if kettle in letter and "confirmed" in letter]
    story.tell.check("PushCart left the green kettle's shopper to the store", about, [])


def the_campfire(story: Story) -> None:
    """Ordered half an hour before closing, never answered: it ends after ninety minutes of the next morning."""
    story.tell.chapter("4. The campfire grill: nobody answers, and the night lies between")
    story.move_to(TUESDAY_MORNING.replace(hour=19, minute=30))
    cart = story.buy("campfire")
    story.tell.check("90 minutes after opening", cart["respond_by"][:16], f"{WEDNESDAY}T15:30")
    story.wire.until_status(cart["hash"], "received", "authorized")
    wednesday = TUESDAY_MORNING + timedelta(days=1)
    story.move_to(wednesday.replace(hour=10, minute=29))
    story.wire.until_letter(f"Order {cart['hash']} waits for your answer", story.store.email)
    story.tell.check("a minute before, it still waits", story.wire.cart(cart["hash"])["status"], "received")
    story.move_to(wednesday.replace(hour=10, minute=31))
    ended = story.wire.until_status(cart["hash"], "auto_rejected", "released")
    story.tell.check("nothing is charged", ended["captured_total"], 0.0)
    story.wire.until_letter("did not answer", SHOPPER)
    story.wire.until_letter("did not answer in time", SHOPPERS_PHONE, "sms")
    put = ("PUT", f"carts.auto_rejected {cart['hash']}", 200)
    story.wire.until("the store's endpoint gets the PUT", lambda: put in story.wire.pushes)


def the_chimney(story: Story) -> None:
    """Placed while the feed is older than a day: the store's staff get it by mail and decide by the link."""
    story.tell.chapter("5. The chimney starter: the feed is stale, so the staff get a mail")
    story.wire.until("the feed is too old for PushCart", lambda: not _standing(story).pushcart)
    reasons = [reason["code"] for reason in _standing(story).reasons]
    story.tell.step("pushcart", f"{story.store.name} is off PushCart: {', '.join(reasons)}")
    cart = story.buy("stale")
    story.tell.check(
        "the standard workflow, eight open hours",
        (cart["workflow"], cart["respond_by"][:16]),
        ("standard", f"{WEDNESDAY}T23:31"),
    )
    mail = story.wire.until_letter(f"New order {cart['hash']}", story.store.email)
    link = next(word for word in mail["text"].split() if "/decide/" in word)
    story.tell.check("the link shows the order", story.wire.get(link).json()["content"]["status"], "ordered")
    said = story.wire.post(link, json={"items": [{"upc": CHIMNEY, "status": "confirmed"}]})
    story.tell.step("store", f"POST /decide/… confirmed → {said.status_code}")
    charged = story.wire.until_status(cart["hash"], "confirmed", "captured")
    story.tell.check("it is charged in full", charged["captured_total"], charged["grand_total"])
    feed = story.wire.put_feed(Path(story.network["feeds"]["hardware"]).read_bytes())
    story.tell.step("store", f"PUT /api/v2/inventory → {feed['rows']} rows, {feed['state']}")
    story.wire.until("the store is back on PushCart", lambda: _standing(story).pushcart)
    story.tell.step("pushcart", f"{story.store.name} takes orders by PushCart again")


CHAPTERS = (the_tills_report, the_grill, the_griddle, the_green_kettle, the_campfire, the_chimney, nobody_wrote_twice)


def _standing(story: Story) -> Standing:
    return Standing.objects.get(store=story.store)


def _sums(cart: dict[str, Any]) -> tuple[str, ...]:
    names = ("subtotal", "tax_total", "shipping_cost_total", "grand_total")
    return tuple(str(Decimal(str(cart[name])).quantize(Decimal("0.01"))) for name in names)


def _staff(story: Story, cart: dict[str, Any], action: str, **form: str) -> None:
    """Somebody at the store presses a button of their own order system."""
    own = story.network["urls"]["order_system"]
    # Their books learn of a cart by the push; the button is there once it has come.
    story.wire.listen()
    pressed = story.wire.post(f"{own}/orders/{cart['hash']}/{action}", data=form)
    story.tell.step("store", f"presses {action} {form.get('amount', '')}")
    story.tell.check(f"the button {action} works", pressed.status_code, 303)
