"""`pushcart product` and `pushcart dealer`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pushcart.catalog.models import BlockedPath, Product
from pushcart.cli.app import build
from pushcart.companies.models import Dealer
from tests import network

pytestmark = pytest.mark.django_db
GRILL = network.GRILL


def run(*words):
    result = CliRunner().invoke(build(), words)
    return result.exit_code, result.output.strip()


def test_it_imports_a_brands_products(tmp_path):
    network.brand(slug="ember")
    file = tmp_path / "products.csv"
    file.write_text(f"upc,name\n{GRILL},Kettle\n7,Seven\n")
    code, said = run("product", "import", "ember", str(file))
    assert (code, said.splitlines()) == (
        0,
        [
            "2 rows read, 1 products changed, 1 set aside, 0 put right.",
            "  line 3: '7' is not a GTIN: it has too few digits.",
        ],
    )
    assert Product.objects.get().name == "Kettle"


def test_it_blocks_a_path_and_lifts_it():
    product = network.product()
    network.retailer(slug="hammer")
    assert run("product", "block", GRILL, "BOPIS") == (0, f"{product} can't be bought by bopis anywhere.")
    assert run("product", "block", GRILL, "bopis", "--retailer", "hammer")[0] == 0
    assert list(BlockedPath.objects.order_by("pk").values_list("path", "retailer__slug")) == [
        ("bopis", None),
        ("bopis", "hammer"),
    ]
    assert run("product", "block", GRILL, "bopis", "--lift") == (0, f"{product} can be bought by bopis anywhere.")
    assert BlockedPath.objects.get().retailer.slug == "hammer"


def test_it_shows_and_hides_a_brands_dealers():
    brand = network.brand(slug="ember")
    network.retailer(slug="hammer"), network.retailer(slug="hearth")
    assert run("dealer", "show", "ember", "hammer", "hearth") == (0, f"{brand} shows hammer, hearth (2 changed).")
    assert run("dealer", "hide", "ember", "hearth") == (0, f"{brand} no longer shows hearth (1 changed).")
    assert sorted(run("dealer", "list", "ember")[1].splitlines()) == ["hammer: shown", "hearth: not shown"]
    assert Dealer.objects.count() == 2


@pytest.mark.parametrize(
    "words",
    [
        ("product", "import", "nobody", "x.csv"),
        ("product", "import", "ember", "no-such-file.csv"),
        ("product", "block", "42", "bopis"),
        ("product", "block", GRILL, "drone"),
        ("dealer", "show", "hammer", "hammer"),
        ("dealer", "show", "ember", "ember"),
    ],
)
def test_it_says_what_there_is_not(words):
    network.product(network.brand(slug="ember"))
    network.retailer(slug="hammer")
    code, said = run(*words)
    assert (code, said.lower().startswith("pushcart: there is no ")) == (2, True)
    assert not BlockedPath.objects.exists()
    assert not Dealer.objects.exists()
