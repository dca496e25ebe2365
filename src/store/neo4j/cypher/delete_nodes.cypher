// With whatever relationships others have drawn to it; its own are gone by then.
UNWIND $keys AS key
MATCH (n:{{label}} { {{key}}: key })
DETACH DELETE n
RETURN [count(n)] AS row
