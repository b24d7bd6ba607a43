"""Random changes of a network, each made in the network and in the database alike."""

from __future__ import annotations

import random

from pushcart.catalog.models import BlockedPath, Product
from pushcart.companies.models import Company, Dealer, StripeAccount
from pushcart.inventory.models import Freshness, Packed, Stock
from pushcart.stores.models import Store, TaxRate
from tests.locator.network_in_database import details_of, stock_of, write_store
from tests.locator.random_network import AGES, NOW, PATHS, Dice, Network, shelf, somewhere, store


class Changes:
    """Of one network; the same each time."""

    KINDS = (
        "stock is told", "stock goes", "a store is fed", "a safety stock", "a store comes", "a store moves",
        "a store changes", "a store goes", "a tax rate", "a dealer", "an account", "a billing", "a product", "a block",
    )  # fmt: skip

    def __init__(self, made: Network) -> None:
        self.made, self.draw = made, random.Random(made.seed)
        self._dice = Dice(self.draw, iter(range(made.seed * 1000 + 700, made.seed * 1000 + 999)))

    def some(self) -> list[str]:
        """One to four of them; what they were."""
        kinds = self.draw.choices(self.KINDS, k=self.draw.randint(1, 4))
        for kind in kinds:
            getattr(self, "_" + kind.replace(" ", "_"))()
        return kinds

    def _store(self) -> dict:
        return self.draw.choice(self.made.stores)

    def _retailer(self) -> dict:
        return self.draw.choice(self.made.retailers)

    def _upc(self) -> str:
        return self.draw.choice([self.made.stranger, *(product["upc"] for product in self.made.products)])

    def _stock_is_told(self) -> None:
        at, upc = self._store()["id"], self._upc()
        self.made.stock[at, upc] = told = shelf(self._dice)
        row = stock_of(at, upc, told)
        values = {name: getattr(row, name) for name in ("on_hand", "taken", "hidden", "price", "snapshot")}
        Stock.objects.update_or_create(store_id=at, upc=upc, defaults=values)

    def _stock_goes(self) -> None:
        at = self._store()["id"]
        for gone in [key for key in self.made.stock if key[0] == at]:
            del self.made.stock[gone]
        Stock.objects.filter(store_id=at).delete()
        Packed.objects.filter(store_id=at).delete()

    def _a_store_is_fed(self) -> None:
        there = self._store()
        there["fed"] = self.draw.choice(AGES)
        Freshness.objects.filter(store_id=there["id"]).delete()
        if there["fed"] is not None:
            fed_at = NOW - there["fed"]
            Freshness.objects.create(store_id=there["id"], fed_at=fed_at, counted_at=fed_at, snapshot=1)

    def _a_safety_stock(self) -> None:
        there = self._store()
        there["safety"] = self.draw.choice([0, 2, 5])
        self._save(there)

    def _a_store_comes(self) -> None:
        near = self._store()
        new = store(self.made, self._dice, (near["lat"], near["lng"]))
        self.made.stores.append(new)
        write_store(new)
        for product in self.made.products:
            self.made.stock[new["id"], product["upc"]] = told = shelf(self._dice)
            stock_of(new["id"], product["upc"], told).save(force_insert=True)

    def _a_store_moves(self) -> None:
        there = self._store()
        there |= somewhere(self._dice, (there["lat"], there["lng"]))
        self._save(there)

    def _a_store_changes(self) -> None:
        there, like = self._store(), store(self.made, self._dice, (0.0, 0.0))
        there |= {name: like[name] for name in ("closed", "pushcart", "hours", "radius", *PATHS)}
        self._save(there)

    def _a_store_goes(self) -> None:
        if len(self.made.stores) < 2:
            return
        gone = self._store()
        self.made.stores.remove(gone)
        for key in [key for key in self.made.stock if key[0] == gone["id"]]:
            del self.made.stock[key]
        Stock.objects.filter(store_id=gone["id"]).delete()
        Packed.objects.filter(store_id=gone["id"]).delete()
        Store.objects.get(pk=gone["id"]).delete()

    def _a_tax_rate(self) -> None:
        there = self._store()
        there["taxed_from"] = None if there["taxed_from"] else NOW
        TaxRate.objects.filter(store_id=there["id"]).delete()
        if there["taxed_from"]:
            TaxRate.objects.create(store_id=there["id"], rate=0, valid_from=NOW)

    def _a_dealer(self) -> None:
        pair = self.draw.choice(self.made.brands)["id"], self._retailer()["id"]
        self.made.dealers ^= {pair}
        authorized = pair in self.made.dealers
        Dealer.objects.update_or_create(brand_id=pair[0], retailer_id=pair[1], defaults={"authorized": authorized})

    def _an_account(self) -> None:
        retailer = self._retailer()
        if retailer["account"] is None:
            StripeAccount.objects.create(company_id=retailer["id"], account_id=f"acct_{retailer['id']}")
        retailer["account"] = state = self.draw.choice(["gone", "disabled", "fine", "fine"])
        StripeAccount.objects.filter(company_id=retailer["id"]).update(
            charges_enabled=state != "disabled", deauthorized_at=NOW if state == "gone" else None
        )

    def _a_billing(self) -> None:
        retailer = self._retailer()
        retailer["billing"] = "" if retailer["billing"] else "pm_card"
        Company.objects.filter(pk=retailer["id"]).update(billing_payment_method=retailer["billing"])

    def _a_product(self) -> None:
        product = self.draw.choice(self.made.products)
        product |= {"msrp": self._dice.mostly(6000, [None]), "style": self.draw.choice(["", "kettle"])}
        Product.objects.filter(pk=product["id"]).update(msrp=product["msrp"], style=product["style"])

    def _a_block(self) -> None:
        product, where = self.draw.choice(self.made.products), self.draw.choice([None, self._retailer()["id"]])
        path = self.draw.choice(["bopis", "ropis", "delivery"])
        self.made.blocked ^= {(product["upc"], where, path)}
        block = {"product_id": product["id"], "retailer_id": where, "path": path}
        if (product["upc"], where, path) in self.made.blocked:
            BlockedPath.objects.create(**block)
        else:
            BlockedPath.objects.filter(**block).delete()

    def _save(self, there: dict) -> None:
        Store.objects.filter(pk=there["id"]).update(**details_of(there))
