UNWIND $ids AS id
UNWIND {{kinds}} AS kind
MATCH (v:Relation) USING INDEX SEEK v:Relation({{end}}, kind, id)
WHERE v.{{end}} = id AND v.kind = kind AND v.id > '' {{loops}} AND {{where}}
WITH id, count(v) AS number
RETURN [id, number] AS row
