"""A brand's own product feed."""

from __future__ import annotations

import gzip
import io

import pytest

from pushcart.catalog.actions.import_products import import_products
from pushcart.catalog.models import Product
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.workbook import TOO_MUCH
from tests import network
from tests.workbooks import far_cell, workbook

pytestmark = pytest.mark.django_db
GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def brand():
    return network.brand()


def feed(brand, text):
    return import_products(brand, io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def test_it_takes_in_products(brand):
    read = feed(
        brand,
        "GTIN,Product Name,Style Number,Colour,Size,SKU,Image URL,MSRP\n"
        f"{GRILL},Kettle 57,K57,Black,57 cm,EO-57,https://img.example/k57.jpg,399.00\n",
    )
    assert (read.rows, read.changed, read.refused) == (1, 1, [])
    product = Product.objects.get()
    assert (product.upc, product.brand, product.name, product.style) == (GRILL, brand, "Kettle 57", "K57")
    assert (product.color, product.size, product.vendor_sku) == ("Black", "57 cm", "EO-57")
    assert (product.image, product.msrp) == ("https://img.example/k57.jpg", 39900)


def test_what_is_left_out_stays_as_it_was(brand):
    feed(brand, f"upc;name;colour;msrp\n{GRILL};Kettle 57;Black;399\n{TOWEL};Towel;White;9.50\n")
    read = feed(brand, f"upc\tmsrp\n{GRILL}\t$379\n")
    assert (read.changed, read.refused) == (1, [])
    assert list(Product.objects.order_by("upc").values_list("name", "color", "msrp")) == sorted(
        [("Kettle 57", "Black", 37900), ("Towel", "White", 950)], key=lambda row: row[0] != "Towel"
    )
    assert feed(brand, f"upc\tmsrp\n{GRILL}\t379\n").changed == 0


def test_rows_that_cant_be_used_are_set_aside_and_the_rest_goes_in(brand):
    other = network.product(network.brand(), TOWEL)
    read = feed(
        brand,
        f"upc,name,image,msrp\n601842495570,Wrong digit,,\n{GRILL},Kettle,no url,\n{TOWEL},Mine now,,\n"
        f"012345678905,,,\n{GRILL},Kettle,,3.999\n{GRILL},Kettle 57,,399\n",
    )
    assert (read.rows, read.changed) == (6, 1)
    assert read.refused == [
        (2, "'601842495570' is not a GTIN: its last digit should be 5."),
        (3, "The image 'no url' is not a URL."),
        (4, f"UPC {TOWEL} is a product of another brand."),
        (5, "Product 012345678905 has no name."),
        (6, "The price can't be: '3.999' is finer than the smallest coin of USD."),
    ]
    assert Product.objects.get(upc=GRILL).name == "Kettle 57"
    other.refresh_from_db()
    assert other.name == f"Product {TOWEL}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\x00\x01\x02", "The file is no text"),
        (b"name,price\nKettle,3\n", "No column for upc is named in the first line: it holds 'name', 'price'."),
        (b"upc,name\n,Kettle\n", "No row of the file tells of a product. Line 2: The UPC is missing"),
        (b"Kettle,3\n", "The first line must name the columns .upc, name, msrp.; it holds 'Kettle', '3'."),
        (b"PK\x03\x04broken", "It is a zip archive or a damaged workbook"),
        (b'upc,name\n"1,2\n', "Line 2: The row can't be read: a quotation mark in it has no partner."),
        (b"%PDF-1.7", "It is a PDF document"),
        (gzip.compress(b"upc,name\n")[:-4], "The file is cut off: the .gz ends"),
        (far_cell(), TOO_MUCH),
    ],
)
def test_a_file_that_is_no_product_feed_changes_nothing(brand, settings, content, sentence):
    settings.FEED_WORKBOOK_MEMORY = 512 * 2**20
    with pytest.raises(SheetError, match=sentence):
        feed(brand, content)
    assert not Product.objects.exists()


def test_it_reads_other_encodings(brand):
    feed(brand, f"upc,name\n{GRILL},Grilltisch für Gärten und größere Höfe\n".encode("cp1252"))
    assert Product.objects.get().name == "Grilltisch für Gärten und größere Höfe"


def test_it_reads_a_workbook(brand):
    feed(brand, workbook([["Our products"]], [["UPC", "Name", "MSRP"], [int(GRILL), "Kettle 57", 399.5]]))
    assert list(Product.objects.values_list("upc", "name", "msrp")) == [(GRILL, "Kettle 57", 39950)]


def test_it_reads_what_people_write(brand):
    """Titles above the header, prices with thousands, descriptions of several lines; packed."""
    text = f'Spring range\n\nUPC;Name;Style;RRP\n{GRILL};"Kettle\n57 cm";K57;1.399,00 €\n{TOWEL};Towel;T;9,5\n'
    read = feed(brand, gzip.compress(text.encode()))
    assert (read.rows, read.changed, read.refused, read.repaired) == (2, 2, [], [])
    products = Product.objects.order_by("-upc").values_list("upc", "name", "msrp")
    assert list(products) == [(GRILL, "Kettle 57 cm", 139900), (TOWEL, "Towel", 950)]
    assert feed(brand, f'upc,msrp\n{GRILL},"$1,349.00"\n').changed == 1
    assert Product.objects.get(upc=GRILL).msrp == 134900


def test_it_says_line_by_line_what_it_put_right(brand):
    upcs = [f"601842495{n}" for n in range(51, 81)]
    read = feed(
        brand, "upc,name,msrp\n" + "".join(f'{upc},Kettle,"1,349"\n' for upc in upcs) + "4.006381333931E+12,Pen,\n"
    )
    assert (read.changed, read.refused) == (31, [])
    assert read.repaired[:2] == [
        (2, "60184249551 got its check digit: 601842495513."),
        (2, "The price '1,349' was read as 1349.00: no price of the file shows which sign its decimals have."),
    ]
    assert read.repaired[-1] == (32, "4.006381333931E+12 got its digits back: 4006381333931.")
