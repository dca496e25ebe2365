// The database keeps this count.
MATCH (e:{{label}}) RETURN count(e) AS row
