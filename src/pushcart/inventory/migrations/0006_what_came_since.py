import django.contrib.postgres.fields
import django.db.models.deletion
import pushcart.kit.clock
from django.db import migrations, models

# What was taken and hidden so far was taken since the snapshot that the row is of.
_FILL = """
INSERT INTO inventory_since (store_id, upc, came, taken, hidden)
SELECT store_id, upc, snapshot, taken, hidden FROM inventory_stock WHERE taken > 0 OR hidden;
UPDATE inventory_freshness SET counted_at = fed_at;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0006_endpoint_trust"),
        ("inventory", "0005_stock_by_its_key"),
        ("stores", "0003_tax_included"),
    ]

    operations = [
        migrations.CreateModel(
            name="Since",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id", "upc", "came", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="since",
                        to="stores.store",
                    ),
                ),
                ("upc", models.CharField(max_length=14)),
                ("came", models.BigIntegerField()),
                ("taken", models.IntegerField(default=0)),
                ("hidden", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name_plural": "since",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("taken__gte", 0)), name="inventory_since_not_negative")
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="import",
            name="inventory_import_state",
        ),
        migrations.AddField(
            model_name="freshness",
            name="counted_at",
            field=models.DateTimeField(default=pushcart.kit.clock.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="hostedfeed",
            name="mode",
            field=models.CharField(
                choices=[("snapshot", "Snapshot"), ("delta", "Delta")], default="snapshot", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="decided_by",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="import",
            name="dropped",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="import",
            name="named",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("held", "Held"),
                    ("discarded", "Discarded"),
                    ("failed", "Failed"),
                ],
                default="received",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                condition=models.Q(("dropped", ""), _negated=True),
                fields=["company", "dropped"],
                name="inventory_imports_dropped",
            ),
        ),
        migrations.AddConstraint(
            model_name="hostedfeed",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["snapshot", "delta"])), name="inventory_hosted_mode"
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["received", "running", "done", "held", "discarded", "failed"])),
                name="inventory_import_state",
            ),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
