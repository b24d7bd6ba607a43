"""Feeds that are fetched or found, each in a job: the timetable does not wait for a file of gigabytes."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="inventory.fetch_hosted", queue="feeds")
def fetch_hosted_feed(hosted_id: int) -> None:
    from pushcart.inventory.actions.fetch_hosted import fetch_hosted

    fetch_hosted(hosted_id)


@app.task(name="inventory.take_dropped", queue="feeds")
def take_dropped_feeds() -> None:
    from pushcart.inventory.actions.take_dropped import take_dropped

    take_dropped()


@app.task(name="inventory.import", queue="feeds")
def read_feed(import_id: int) -> None:
    """Found again by `resume_imports` where it gets lost."""
    from pushcart.inventory.actions.run_import import run_import

    run_import(import_id)
