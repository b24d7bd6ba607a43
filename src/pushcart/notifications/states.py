from __future__ import annotations

from pushcart.kit.states import Graph

NOTICE = Graph(
    name="notifications.notice",
    initial="queued",
    moves={"queued": ("sent", "failed"), "sent": (), "failed": ()},
    meaning={
        "queued": "written; a job sends it",
        "sent": "the mail or SMS provider took it",
        "failed": "the provider refused it for good, or never answered",
    },
)
