// Lines of the change log between two positions, the first or the last of them.
MATCH (c:Change) WHERE c.cursor > $after AND c.cursor < $before {{concerns}}
WITH c ORDER BY c.cursor {{direction}} LIMIT $limit
MATCH (w:Write {revision: c.revision})
RETURN [c.cursor, c.revision, w.at, w.by, c.action, c.subject_kind, c.subject, c.merged_into, coalesce(c.datasets, [])] AS row
