from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0005_lanes_folds_bounds")]
    operations = [
        # Drawn at random, no longer counted.
        migrations.AlterField(model_name="delivery", name="token", field=models.BigIntegerField(default=0)),
    ]
