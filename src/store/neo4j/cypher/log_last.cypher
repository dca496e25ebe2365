// The newest line of the change log on each key.
UNWIND $ids AS id
CALL (id) { MATCH (c:Change) WHERE c.subject = id AND c.cursor > 0 {{concerns}} RETURN c ORDER BY c.cursor DESC LIMIT 1 }
MATCH (w:Write {revision: c.revision})
RETURN [c.cursor, c.revision, w.at, w.by, c.action, c.subject_kind, c.subject, c.merged_into, coalesce(c.datasets, [])] AS row
