from pushcart.sandbox.postgres.cluster import Cluster, remove
from pushcart.sandbox.postgres.errors import PostgresError

__all__ = ["Cluster", "PostgresError", "remove"]
