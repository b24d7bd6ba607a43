class PostgresError(Exception):
    """PostgreSQL can't be had; the message is one sentence that says why and what to do."""
