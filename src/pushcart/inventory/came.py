"""Which feeds came in before a moment: told by their numbers, which no clock can put out of order."""

from __future__ import annotations

# The newest import's number, even of one whose row is not committed yet; 0 before the first.
NEWEST = "(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM inventory_import_id_seq)"
