// Lines of the change log after one, in its order.
MATCH (c:Change) WHERE c.cursor > $after {{told}}
WITH c ORDER BY c.cursor LIMIT $limit
MATCH (w:Write {revision: c.revision})
RETURN [c.cursor, c.revision, w.at, w.by, c.action, c.subject_kind, c.subject, c.merged_into, coalesce(c.datasets, [])] AS row
