// Deletes nodes with the relationships that other programs attached to them; their own are deleted already.
UNWIND $keys AS key
MATCH (n:{{label}} { {{key}}: key })
DETACH DELETE n
RETURN [count(n)] AS row
