// {{label}} is one of the five kinds of records.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id})
OPTIONAL MATCH (v:Evidence {of: id})
RETURN [id, n.body, v.statements] AS row
