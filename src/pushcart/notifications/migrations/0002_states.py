from django.db import migrations

from pushcart.kit.states.guard import guard


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("kit", "0001_states")]
    operations = [
        guard(
            "notifications.notice",
            "notifications_notice",
            "state",
            initial="queued",
            moves={"queued": ["sent", "failed"]},
        ),
    ]
