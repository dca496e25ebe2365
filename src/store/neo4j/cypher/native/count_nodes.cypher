// The database stores this count.
MATCH (n:{{label}}) RETURN count(n) AS row
