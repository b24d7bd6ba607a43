from django.db import migrations

from pushcart.kit.states.guard import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL(FUNCTIONS, "DROP FUNCTION guard_state(); DROP TABLE state_move;")]
