from django.db import migrations

MOVES = {
    "unchecked": ["working", "paused", "stopped"],
    "working": ["failing", "paused", "stopped", "unchecked"],
    "failing": ["working", "paused", "stopped", "unchecked"],
    "paused": ["unchecked"],
    "stopped": ["unchecked", "paused"],
}
ROWS = ", ".join(f"('companies.endpoint', '{source}', '{target}')" for source in MOVES for target in MOVES[source])


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_initial"), ("kit", "0001_states")]
    operations = [
        # An endpoint may be brought in from elsewhere in any state, so its birth is not guarded.
        migrations.RunSQL(
            f"""
            INSERT INTO state_move VALUES ('companies.endpoint', '', 'unchecked'), {ROWS};
            CREATE TRIGGER companies_endpoint_state_guard BEFORE UPDATE OF state ON companies_endpoint
            FOR EACH ROW EXECUTE FUNCTION guard_state('companies.endpoint', 'state');
            """,
            """
            DROP TRIGGER companies_endpoint_state_guard ON companies_endpoint;
            DELETE FROM state_move WHERE graph = 'companies.endpoint';
            """,
        ),
    ]
