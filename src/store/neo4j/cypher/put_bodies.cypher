// The bodies of some records of a label.
UNWIND $rows AS row
MATCH (n:{{label}} {id: row[0]})
SET n.body = row[1]
