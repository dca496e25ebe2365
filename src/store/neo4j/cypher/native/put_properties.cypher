// {{key}} is `id`, or `of` if {{label}} is Evidence. A missing value is null; properties of other programs stay.
UNWIND $rows AS given
MATCH (n:{{label}} { {{key}}: given.key })
SET n += given.properties
RETURN [count(n)] AS row
