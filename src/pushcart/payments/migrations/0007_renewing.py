from django.db import migrations

from pushcart.kit.states.guard import guard


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_reconciliation")]
    operations = [
        guard(
            "payments.hold",
            "payments_hold",
            "state",
            initial="placing",
            moves={
                "placing": ["held", "failed", "releasing"],
                "held": ["renewing", "capturing", "releasing", "lapsed"],
                "renewing": ["held", "lapsed"],
                "capturing": ["captured", "capture_failed"],
                "capture_failed": ["releasing"],
                "releasing": ["released", "failed", "lapsed"],
            },
        )
    ]
