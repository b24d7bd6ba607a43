from __future__ import annotations

import gzip
import re

import pytest

from pushcart.edge.widget import SCRIPT, VERSION

ADDRESS = "/widget/{}/pushcart-locator.js"


def test_it_weighs_less_than_fifteen_kilobytes():
    assert len(gzip.compress(SCRIPT, 9)) < 15_000


def test_it_names_no_host_and_runs_no_text():
    text = SCRIPT.decode()
    assert re.findall(r"https?://", text) == []
    assert re.findall(r"\beval\b|new Function|innerHTML|insertAdjacent|document\.write|\.cookie", text) == []


def test_it_is_served_to_any_page_and_kept_for_long(edge):
    latest = edge.get(ADDRESS.format("v1"))
    assert (latest.status_code, latest.content) == (200, SCRIPT)
    assert latest.headers["content-type"] == "text/javascript; charset=utf-8"
    assert latest.headers["content-encoding"] == "gzip"
    assert latest.headers["access-control-allow-origin"] == "*"
    assert latest.headers["cross-origin-resource-policy"] == "cross-origin"
    assert latest.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"
    very = edge.get(ADDRESS.format(VERSION))
    assert (very.content, very.headers["cache-control"]) == (SCRIPT, "public, max-age=31536000, immutable")


def test_it_is_not_sent_again_nor_zipped_unasked(edge):
    etag = edge.get(ADDRESS.format("v1")).headers["etag"]
    again = edge.get(ADDRESS.format("v1"), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    plain = edge.get(ADDRESS.format("v1"), headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.content, plain.headers["vary"]) == (
        False,
        SCRIPT,
        "Accept-Encoding",
    )


@pytest.mark.parametrize("version", ["v2", "latest", "0" * 16])
def test_there_is_no_other_version(edge, version):
    assert edge.get(ADDRESS.format(version)).status_code == 404
