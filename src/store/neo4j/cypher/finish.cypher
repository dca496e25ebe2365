// The last statement of a write that is not staged. No property is set from itself: see lock.cypher.
MATCH (hukun:Hukun {id: 'graph'})
SET hukun.revision = $revision, hukun.cursor = $cursor, hukun.provenance = $provenance
FOREACH (learnt IN CASE WHEN $learn THEN [$revision] ELSE [] END | SET hukun.merged_at = learnt)
RETURN [hukun.revision] AS row
