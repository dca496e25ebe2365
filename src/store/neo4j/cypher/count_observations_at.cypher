UNWIND $ids AS id
MATCH (o:Observation) USING INDEX SEEK o:Observation(entity, id)
WHERE o.entity = id AND o.id > '' AND ($indicators IS NULL OR o.indicator IN $indicators) {{and visible o}}
WITH id, count(o) AS number
RETURN [id, number] AS row
