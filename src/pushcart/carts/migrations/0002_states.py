from django.db import migrations

from pushcart.kit.states.guard import guard


class Migration(migrations.Migration):
    dependencies = [("carts", "0001_initial"), ("kit", "0001_states")]
    operations = [
        guard(
            "carts.line",
            "carts_line",
            initial="placing",
            moves={
                "placing": ["ordered", "refused"],
                "ordered": ["received", "confirmed", "rejected", "auto_rejected", "cancelled"],
                "received": ["confirmed", "rejected", "auto_rejected", "cancelled"],
                "confirmed": ["fulfilled", "partially_refunded", "refunded", "charge_failed"],
                "charge_failed": ["fulfilled", "rejected"],
                "fulfilled": ["partially_refunded", "refunded"],
                "partially_refunded": ["fulfilled", "refunded", "confirmed"],
                "refunded": ["fulfilled", "partially_refunded", "confirmed"],
            },
        ),
    ]
