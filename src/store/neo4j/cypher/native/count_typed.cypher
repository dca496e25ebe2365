// The database keeps this count.
MATCH ()-[r:{{type}}]->() RETURN count(r) AS row
