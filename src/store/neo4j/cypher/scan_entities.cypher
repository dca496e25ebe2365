// A page by id: each range is a stretch of the index of ids, walked in order, and no further than the page is full.
// No hint for that index: the planner refuses one where a filter names another label of `e`, and takes it by itself.
UNWIND {{ranges}} AS range
CALL (range) {
  MATCH (e:Entity)
  WHERE e.id > range[0] AND e.id < range[1] AND {{where}}
  RETURN e ORDER BY e.id {{direction}} LIMIT {{limit}}
}
WITH e LIMIT {{limit}}
RETURN [{{part}}, e.id, e.body, 0] AS row
