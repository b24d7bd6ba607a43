import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("carts", "0004_disputes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="line",
            name="carts_line_qty",
        ),
        migrations.AddField(
            model_name="line",
            name="qty_refunding",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="line",
            name="qty_refunded",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="line",
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
                name="carts_line_qty",
            ),
        ),
    ]
