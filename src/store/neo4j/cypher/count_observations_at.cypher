UNWIND $ids AS id
MATCH (o:Observation) USING INDEX o:Observation(entity, id)
WHERE o.entity = id AND o.id > '' AND ($indicators IS NULL OR o.indicator IN $indicators)
RETURN [id, count(o)] AS row
