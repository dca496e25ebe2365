UNWIND $ids AS id
MATCH (v:Evidence {of: id})
RETURN [id, v.statements] AS row
