from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_traceparent")]
    operations = [
        migrations.CreateModel(
            name="Day",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("test", models.BooleanField()),
                ("day", models.DateField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("start", models.CharField(max_length=64)),
                ("chain", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company_id", "test", "day"), name="events_one_digest_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(first__gte=1, last__gte=models.F("first") - 1), name="events_day_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(chain__regex="^[0-9a-f]{64}$", start__regex="^[0-9a-f]{64}$"),
                        name="events_day_chain",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER events_day_append_only BEFORE UPDATE OR DELETE ON events_day
                FOR EACH ROW EXECUTE FUNCTION events_are_append_only();
            """,
            "DROP TRIGGER events_day_append_only ON events_day;",
        ),
    ]
