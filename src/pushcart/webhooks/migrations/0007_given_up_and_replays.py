from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0006_fences")]
    operations = [
        migrations.CreateModel(
            name="GivenUp",
            fields=[("delivery_id", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.AddField(model_name="cursor", name="replays", field=models.IntegerField(db_default=0, default=0)),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["folded", "unwanted"])), fields=["due_at"], name="webhooks_left_out"
            ),
        ),
    ]
