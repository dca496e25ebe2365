// The first and the last line of the change log, the line at a position, and one line up to it and one from it on, if they exist.
// Every line is above 0, which makes the planner read the index in order.
MATCH (c:Change) WHERE c.cursor > 0 WITH c ORDER BY c.cursor LIMIT 1 RETURN ['first', c.cursor, c.revision] AS row
UNION ALL
MATCH (c:Change) WHERE c.cursor > 0 WITH c ORDER BY c.cursor DESC LIMIT 1 RETURN ['last', c.cursor, c.revision] AS row
UNION ALL
MATCH (c:Change {cursor: $place}) RETURN ['at', c.cursor, c.revision] AS row
UNION ALL
MATCH (c:Change) WHERE c.cursor > 0 AND c.cursor <= $place {{concerns}} WITH c LIMIT 1 RETURN ['before', c.cursor, c.revision] AS row
UNION ALL
MATCH (c:Change) WHERE c.cursor >= $place {{concerns}} WITH c LIMIT 1 RETURN ['behind', c.cursor, c.revision] AS row
