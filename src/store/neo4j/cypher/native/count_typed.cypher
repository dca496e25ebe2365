// The database stores this count.
MATCH ()-[r:{{type}}]->() RETURN count(r) AS row
