from __future__ import annotations

import time
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushcart.kit.bodies import (
    DEEPEST,
    LARGEST,
    BodyTooLargeError,
    MalformedBodyError,
    UnsupportedMediaTypeError,
    read_body,
)

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "body", "query", "said"),
    [
        ("application/json", b'{"status":"confirmed"}', b"", {"status": "confirmed"}),
        ("application/json; charset=utf-8", b' {"refund_amount": 12.5}', b"", {"refund_amount": 12.5}),
        ("application/vnd.api+json", b'{"a":[1]}', b"", {"a": [1]}),
        (FORM, b"status=rejected&reason=Sold+out%21", b"", {"status": "rejected", "reason": "Sold out!"}),
        (FORM, b'{"status":"confirmed"}', b"", {"status": "confirmed"}),
        ("", b"status=received", b"", {"status": "received"}),
        ("", b'{"status":"received"}', b"", {"status": "received"}),
        (FORM, b"", b"status=received&x=1", {"status": "received", "x": "1"}),
        ("application/json", b"", b"hash=O3V36", {"hash": "O3V36"}),
        ("", b"", b"", {}),
        (
            FORM,
            b"items[0][upc]=1&items[0][qty]=2&items%5B1%5D%5Bupc%5D=3",
            b"",
            {"items": [{"upc": "1", "qty": "2"}, {"upc": "3"}]},
        ),
    ],
)
def test_it_reads_every_form_that_is_sent(content_type, body, query, said):
    assert read_body(content_type, body, query) == said


@pytest.mark.parametrize(
    ("content_type", "body", "sentence"),
    [
        ("application/json", b"{", "not JSON: .* \\(line 1, column 2\\)"),
        ("application/json", b"[1]", "no object"),
        ("application/json", b'"text"', "no object"),
        ("application/json", b'{"a": NaN}', "not JSON"),
        ("application/json", b'{"a": "\xff"}', "not JSON"),
        ("application/json", b'{"items":[{"upc":"a\\u0000"}]}', r"items\[0\]\.upc has a NUL character"),
        ("application/json", b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", "nested more than 8 deep"),
        ("application/json", b'{"status":"confirmed","status":"rejected"}', 'the name "status" twice in one object'),
        ("application/json", b'{"items":[{"upc":"1","upc":"1"}]}', 'the name "upc" twice in one object'),
        (FORM, b"a=\xff", "not UTF-8: byte 2"),
        (FORM, b"name=Zo%EB", "not UTF-8: byte 7"),
        (FORM, b"status=received&=lost", 'the form has the name "": names are such as'),
        (FORM, b"items[0]upc=1", r'has the name "items\[0\]upc"'),
        (FORM, b"a[0][1]=1", r'the name "a\[0\]\[1\]": lists of lists are read from JSON alone'),
        (FORM, b"a[][]=1", "lists of lists"),
        (FORM, b"items[0=1", r'has the name "items\[0"'),
        (FORM, b"items%5B%5B0%5D%5D=1", r'has the name "items\[\[0\]\]"'),
        (FORM, b"a=%00", "a has a NUL character"),
        (FORM, b"a" + b"[b]" * 12 + b"=1", "can't be read: Input depth exceeded"),
        (FORM, b"items[9999999]=1", "can't be read"),
        (FORM, b"&".join(b"a%d=1" % n for n in range(2_001)), "can't be read: Parameter limit exceeded"),
    ],
)
def test_it_says_what_is_wrong_and_where(content_type, body, sentence):
    with pytest.raises(MalformedBodyError, match=f"(?i){sentence}"):
        read_body(content_type, body, b"")


@pytest.mark.parametrize("content_type", ["text/html", "multipart/form-data; boundary=x", "application/xml"])
def test_it_refuses_other_types(content_type):
    with pytest.raises(UnsupportedMediaTypeError, match="JSON or a form"):
        read_body(content_type, b"<x/>", b"")


def test_it_refuses_more_than_it_reads():
    with pytest.raises(BodyTooLargeError, match="1000001 bytes"):
        read_body("application/json", b" " * (LARGEST + 1), b"")


names = st.text("abcdefgh_", min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@given(st.dictionaries(names, texts, max_size=6), st.lists(st.dictionaries(names, texts, min_size=1, max_size=3)))
def test_it_reads_a_form_as_it_reads_json(fields, items):
    said = {**fields, **({"items": items} if items else {})}
    pairs = [f"{name}={quote(text, safe='')}" for name, text in fields.items()]
    pairs += [f"items[{n}][{k}]={quote(v, safe='')}" for n, item in enumerate(items) for k, v in item.items()]
    assert read_body(FORM, "&".join(pairs).encode(), b"") == said
    assert read_body("application/json", orjson.dumps(said), b"") == said


def _inside(inner):
    fields = st.dictionaries(names, inner, min_size=1, max_size=3)
    return fields | st.lists(fields | texts, min_size=1, max_size=3)


trees = st.recursive(texts, _inside)


def _fields(name, value):
    if isinstance(value, str):
        return [f"{quote(name, safe='')}={quote(value, safe='')}"]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [field for key, each in inner for field in _fields(f"{name}[{key}]", each)]


def _deep(value):
    if isinstance(value, str):
        return 0
    return 1 + max(map(_deep, value.values() if isinstance(value, dict) else value))


@given(st.dictionaries(names, trees, min_size=1, max_size=3))
def test_it_puts_every_bracket_where_it_belongs(said):
    body = "&".join(field for name, value in said.items() for field in _fields(name, value)).encode()
    if _deep(said) > DEEPEST:
        with pytest.raises(MalformedBodyError, match=r"deep|depth"):
            read_body(FORM, body, b"")
    else:
        assert read_body(FORM, body, b"") == said


@pytest.mark.parametrize("body", [b"status=confirmed&status=rejected", b"status[]=confirmed&status[]=rejected"])
def test_it_keeps_all_values_of_a_name_that_comes_again(body):
    assert read_body(FORM, body, b"") == {"status": ["confirmed", "rejected"]}


@given(st.sampled_from([FORM, "application/json", ""]), st.binary(max_size=200), st.binary(max_size=50))
def test_it_reads_or_refuses_any_bytes(content_type, body, query):
    try:
        said = read_body(content_type, body, query)
    except MalformedBodyError:
        return
    assert isinstance(said, dict)


def test_it_looks_for_names_that_come_twice_in_one_go():
    names = b",".join(b'"%d":0' % number for number in range(80_000))
    began = time.process_time()
    assert len(read_body("application/json", b"{" + names + b"}", b"")) == 80_000
    assert time.process_time() - began < 2
