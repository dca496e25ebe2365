// No rows.
UNWIND [] AS row RETURN row
