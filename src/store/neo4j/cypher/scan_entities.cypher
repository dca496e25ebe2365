// A page by id: each range is a part of the index of ids, which is read in order until the page is full.
// There is no hint for that index: the planner rejects one if a filter names another label of `e`, and uses the index by itself.
UNWIND {{ranges}} AS range
CALL (range) {
  MATCH (e:Entity)
  WHERE e.id > range[0] AND e.id < range[1] AND {{where}}
  RETURN e ORDER BY e.id {{direction}} LIMIT {{limit}}
}
WITH e LIMIT {{limit}}
RETURN [{{part}}, e.id, e.body, 0] AS row
