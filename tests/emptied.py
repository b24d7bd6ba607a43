"""The test database after a test that committed: every table empty."""

from __future__ import annotations

from django.db import connection, transaction

# What `migrate` puts there and no test changes; `flush` would write it anew each time.
_KEPT = {"django_content_type", "auth_permission"}


def emptying() -> str:
    """The statements that empty all tables, for `empty`.

    A table of the tests has a handful of rows: deleting them takes 3 ms for all sixty tables, TRUNCATE, which makes
    each table's files anew, 150. As a replica the database does so without its triggers, which forbid to change what
    is append-only and would tell the locators of each row; so the tests' database user is a superuser. The locks wait
    for what a program that was killed is about to commit, as TRUNCATE does.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _KEPT
    # The queue's too, whose models Django does not manage.
    tables |= {name for name in connection.introspection.table_names() if name.startswith("procrastinate_")}
    names = [connection.ops.quote_name(table) for table in sorted(tables)]
    return ";\n".join(
        [
            "SET LOCAL session_replication_role = replica",
            f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE",
            *(f"DELETE FROM {name}" for name in names),  # noqa: S608 the names are the database's own
        ]
    )


def empty(statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)
