"""A brand's own product feed."""

from __future__ import annotations

import io
import zipfile

import pytest

from pushcart.catalog.actions.import_products import import_products
from pushcart.catalog.models import Product
from pushcart.kit.sheets import SheetError
from tests import network

pytestmark = pytest.mark.django_db
GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def brand():
    return network.brand()


def feed(brand, text):
    return import_products(brand, text if isinstance(text, bytes) else text.encode())


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
        (6, "'3.999' is finer than the smallest coin of USD."),
    ]
    assert Product.objects.get(upc=GRILL).name == "Kettle 57"
    other.refresh_from_db()
    assert other.name == f"Product {TOWEL}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\x00\x01\x02", "The file is no text"),
        (b"name,price\nKettle,3\n", "No row of the file tells of a product. Line 2: The UPC is missing"),
        (b"PK\x03\x04broken", "The workbook can't be read"),
        (b'upc,name\n"1,2\n', "The file can't be read as a table"),
    ],
)
def test_a_file_that_is_no_product_feed_changes_nothing(brand, content, sentence):
    with pytest.raises(SheetError, match=sentence):
        feed(brand, content)
    assert not Product.objects.exists()


def test_it_reads_other_encodings(brand):
    feed(brand, f"upc,name\n{GRILL},Grilltisch für Gärten und größere Höfe\n".encode("cp1252"))
    assert Product.objects.get().name == "Grilltisch für Gärten und größere Höfe"


def test_it_reads_a_workbook(brand):
    feed(brand, workbook([["UPC", "Name", "MSRP"], [int(GRILL), "Kettle 57", 399.5]]))
    assert list(Product.objects.values_list("upc", "name", "msrp")) == [(GRILL, "Kettle 57", 39950)]


def workbook(rows):
    """The smallest .xlsx: one sheet of numbers and inline strings."""
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{value}</v></c>" if not isinstance(value, str) else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            for value in row
        )
        + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
