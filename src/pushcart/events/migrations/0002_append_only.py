from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'check_violation';
            END $$;
            CREATE TRIGGER events_event_append_only BEFORE UPDATE OR DELETE ON events_event
                FOR EACH ROW EXECUTE FUNCTION events_are_append_only();
            """,
            "DROP TRIGGER events_event_append_only ON events_event; DROP FUNCTION events_are_append_only();",
        )
    ]
