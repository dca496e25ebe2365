UNWIND $keys AS key
MATCH (n:{{label}} { {{key}}: key })
DELETE n
RETURN [count(n)] AS row
