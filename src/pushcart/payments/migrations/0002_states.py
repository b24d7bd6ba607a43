from django.db import migrations

from pushcart.kit.states.guard import guard


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("kit", "0001_states")]
    operations = [
        guard(
            "payments.hold",
            "payments_hold",
            "state",
            initial="placing",
            moves={
                "placing": ["held", "failed", "releasing"],
                "held": ["capturing", "releasing", "lapsed"],
                "capturing": ["captured", "capture_failed"],
                "capture_failed": ["releasing"],
                "releasing": ["released", "failed", "lapsed"],
            },
        ),
        guard(
            "payments.refund",
            "payments_refund",
            "state",
            initial="pending",
            moves={"pending": ["succeeded", "failed"], "succeeded": ["failed"]},
        ),
    ]
