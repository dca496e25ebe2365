UNWIND $ids AS id
CALL (id) {
  MATCH (o:Observation) USING INDEX SEEK o:Observation(entity, id)
  WHERE o.entity = id AND o.id > {{above}} AND o.id < {{below}} AND ($indicators IS NULL OR o.indicator IN $indicators) {{and visible o}}
  RETURN o ORDER BY o.entity {{direction}}, o.id {{direction}} LIMIT {{limit}}
}
RETURN [{{part}}, id, o.id, o.body] AS row
