from django.db import migrations

MOVES = "('', 'waiting'), ('waiting', 'delivered'), ('waiting', 'unwanted'), ('waiting', 'given_up')"


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("kit", "0001_states")]
    operations = [
        # The one move that every row makes is open by the check on the column; the trigger wakes for all others alone,
        # so that the thousands of moves a second which are right do not pay for it.
        migrations.RunSQL(
            f"""
            INSERT INTO state_move SELECT 'webhooks.delivery', source, target
            FROM (VALUES {MOVES}) moves (source, target);
            CREATE TRIGGER webhooks_delivery_state_guard BEFORE UPDATE OF state ON webhooks_delivery FOR EACH ROW
            WHEN (OLD.state <> 'waiting' AND NEW.state <> OLD.state)
            EXECUTE FUNCTION guard_state('webhooks.delivery', 'state');
            """,
            """
            DROP TRIGGER webhooks_delivery_state_guard ON webhooks_delivery;
            DELETE FROM state_move WHERE graph = 'webhooks.delivery';
            """,
        ),
        # A claim and a renewed lease change a row in place where its page has room.
        migrations.RunSQL(
            """
            ALTER TABLE webhooks_delivery SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
                autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0.05);
            """,
            "ALTER TABLE webhooks_delivery RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor);",
        ),
    ]
