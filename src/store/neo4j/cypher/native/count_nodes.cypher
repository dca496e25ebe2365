// The database keeps this count.
MATCH (n:{{label}}) RETURN count(n) AS row
