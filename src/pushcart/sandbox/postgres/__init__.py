from pushcart.sandbox.postgres.cluster import Cluster
from pushcart.sandbox.postgres.errors import PostgresError

__all__ = ["Cluster", "PostgresError"]
