from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from pushcart.kit.database_url import asyncpg_address, parse

if TYPE_CHECKING:
    from pathlib import Path


def test_it_reads_every_part_of_an_address(tmp_path: Path) -> None:
    url = "postgres://ann:p%40ss@db.example:6432/orders?sslmode=require&connect_timeout=3"

    assert parse(url, var=tmp_path) == {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "NAME": "orders",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "3"},
    }


@pytest.mark.parametrize("port", ["", "6432"])
def test_it_tells_asyncpg_the_same(tmp_path: Path, port: str) -> None:
    entry = parse(f"postgresql://ann:p%40ss@/orders?host=db.example&port={port}&connect_timeout=3", var=tmp_path)

    assert asyncpg_address(entry) == {
        "dsn": "postgresql:///?",
        "host": "db.example",
        "port": int(port) if port else None,
        "user": "ann",
        "password": "p@ss",
        "database": "orders",
    }


def test_asyncpg_asks_for_tls_as_the_url_does(tmp_path: Path) -> None:
    entry = parse("postgresql://ann@127.0.0.1:1/orders?sslmode=verify-full&sslrootcert=/nowhere/root.crt", var=tmp_path)

    with pytest.raises(FileNotFoundError):
        asyncio.run(asyncpg.connect(**asyncpg_address(entry)))
    entry["OPTIONS"]["sslmode"] = "invented"
    with pytest.raises(asyncpg.ClientConfigurationError, match="sslmode"):
        asyncio.run(asyncpg.connect(**asyncpg_address(entry)))


def test_it_reads_the_embedded_address(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "url").write_text("postgresql://a:b@/pushcart?host=/some%20where/socket\n")

    entry = parse("", var=tmp_path)

    assert (entry["NAME"], entry["HOST"], entry["PORT"]) == ("pushcart", "/some where/socket", "")


def test_it_prefers_the_address_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "url").write_text("postgresql://a:b@/embedded")

    assert parse("postgresql:///own", var=tmp_path)["NAME"] == "own"


@pytest.mark.django_db
def test_it_says_what_to_do_when_something_connects_without_a_database(tmp_path: Path) -> None:
    entry = ConnectionHandler({"default": parse(None, var=tmp_path)})["default"]

    with pytest.raises(OperationalError, match="there is no database yet: run bin/dev, or set DATABASE_URL"):
        entry.ensure_connection()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///orders.db", "must start with postgresql://; PushCart runs on no other database"),
        ("orders", "must start with postgresql://"),
        ("postgresql://ann:secret@db.example/", "names no database"),
        ("postgresql://ann:secret@db/orders?colour=red", "can't be read: invalid URI query parameter"),
        ("postgresql://ann:secret%zz@db/orders", "can't be read: invalid percent-encoded token"),
    ],
)
def test_it_refuses_another_address_and_keeps_the_password_to_itself(url, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence) as refused:
        parse(url, var=tmp_path)

    assert "secret" not in str(refused.value)


def test_it_gives_what_psycopg_connects_with() -> None:
    from django.conf import settings

    entry = settings.DATABASES["default"]
    with psycopg.connect(
        host=entry["HOST"], user=entry["USER"], password=entry["PASSWORD"], dbname="postgres"
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
