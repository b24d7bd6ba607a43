import django.db.models.expressions
import pushcart.payments.models
from django.db import migrations, models


# What stands was told already, and has to be found again at Stripe by a name of its own.
FILLED = """
UPDATE payments_hold SET key = 'hold_' || substr(md5(id || random()::text), 1, 24);
UPDATE payments_refund SET told = state WHERE state <> 'pending';
UPDATE payments_dispute SET told = state, told_withdrawn = withdrawn;
ALTER TABLE payments_journalentry DISABLE TRIGGER payments_journalentry_append_only;
UPDATE payments_journalentry e SET intent_id = h.intent_id FROM payments_hold h WHERE h.id = e.hold_id;
ALTER TABLE payments_journalentry ENABLE TRIGGER payments_journalentry_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0006_endpoint_trust"),
        ("payments", "0007_renewing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default=pushcart.payments.models.new_installation_name, max_length=40)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="hold",
            name="payments_hold_tax",
        ),
        migrations.RemoveConstraint(
            model_name="hold",
            name="payments_disputes_within_capture",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="payments_posting_account",
        ),
        migrations.RemoveField(
            model_name="hold",
            name="card_token",
        ),
        migrations.AddField(
            model_name="dispute",
            name="told",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="dispute",
            name="told_withdrawn",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="hold",
            name="asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="excess",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="hold",
            name="key",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="hold",
            name="qty",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="hold",
            name="qty_refunding",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="hold",
            name="qty_refunded",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="hold",
            name="sealed_token",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="tax_lost",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="journalentry",
            name="intent_id",
            field=models.CharField(db_index=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="journalentry",
            name="made_in",
            field=models.BigIntegerField(db_default=models.Func(function="txid_current"), editable=False),
        ),
        migrations.AddField(
            model_name="refund",
            name="fee",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="refund",
            name="qty",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="refund",
            name="told",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="posting",
            name="account",
            field=models.CharField(
                choices=[
                    ("cards", "Cards"),
                    ("held", "Held"),
                    ("balance", "Balance"),
                    ("sales", "Sales"),
                    ("refunds_pending", "Refunds Pending"),
                    ("refunds", "Refunds"),
                    ("disputed", "Disputed"),
                    ("chargebacks", "Chargebacks"),
                    ("excess", "Excess"),
                    ("past_us", "Past Us"),
                    ("platform_fees", "Platform Fees"),
                    ("stripe_fees", "Stripe Fees"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax__gte", 0),
                    ("tax__lte", models.F("amount")),
                    ("tax_lost__gte", 0),
                    ("tax_refunded__gte", 0),
                    ("lost__gte", models.F("tax_lost")),
                    (
                        "tax__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("tax_refunded"), "+", models.F("tax_lost")
                        ),
                    ),
                ),
                name="payments_hold_tax",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("qty__gt", 0),
                    ("qty_refunded__gte", 0),
                    ("qty_refunding__gte", 0),
                    (
                        "qty__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("qty_refunding"), "+", models.F("qty_refunded")
                        ),
                    ),
                ),
                name="payments_hold_qty",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "captured__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("refunded"), "+", models.F("disputed")
                            ),
                            "+",
                            models.F("lost"),
                        ),
                    ),
                    ("disputed__gte", 0),
                    ("excess__gte", 0),
                    ("lost__gte", 0),
                ),
                name="payments_disputes_within_capture",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "account__in",
                        [
                            "cards",
                            "held",
                            "balance",
                            "sales",
                            "refunds_pending",
                            "refunds",
                            "disputed",
                            "chargebacks",
                            "excess",
                            "past_us",
                            "platform_fees",
                            "stripe_fees",
                        ],
                    )
                ),
                name="payments_posting_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="installation",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="payments_one_installation"),
        ),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="hold",
            name="key",
            field=models.CharField(default=pushcart.payments.models.new_hold_key, max_length=40, unique=True),
        ),
    ]
