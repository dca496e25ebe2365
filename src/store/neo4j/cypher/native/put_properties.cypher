// {{key}} is `id`, or `of` where {{label}} is Evidence. What a record lacks comes as null; properties of others stay.
UNWIND $rows AS given
MATCH (n:{{label}} { {{key}}: given.key })
SET n += given.properties
RETURN [count(n)] AS row
