from __future__ import annotations

import typer
from typer.testing import CliRunner

from pushcart.carts.models import Cart
from pushcart.cli.trigger import trigger
from tests import network
from tests.carts import placing_orders as placing


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(trigger)
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_it_makes_a_test_order_over_the_wire(web):
    store = placing.store(hours="Mo-Su 00:00-24:00", name="Congress")
    placing.sell(store, price=0)  # what costs nothing asks no card
    key, live = network.key(store.company, test=True)[1], network.key(store.company)[1]
    code, text = run("carts.auto_rejected", "--key", key, "--pushcart", web)
    cart = Cart.objects.get()
    assert (code, text) == (0, f"carts.auto_rejected: test order {cart.hash} at Congress is auto_rejected.\n")
    assert cart.test
    code, text = run("carts.ordered", "--key", live, "--pushcart", web)
    assert (code, text) == (1, "pushcart: Test events are made with a test key: a live key's orders are real.\n")
    assert run("carts.invented", "--key", key, "--pushcart", web)[0] == 1
    assert Cart.objects.count() == 1


def test_it_says_that_nobody_answers():
    code, text = run("carts.ordered", "--key", "k", "--pushcart", "http://127.0.0.1:1")
    assert code == 2
    assert text.startswith("pushcart: http://127.0.0.1:1 can't be asked: ")
