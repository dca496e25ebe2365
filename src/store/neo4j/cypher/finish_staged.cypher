// Completes a staged write after all its steps are applied. Returns no row if another writer has taken over.
{{fence}} AND commit.staged = $write
MATCH (hukun:Hukun {id: 'graph'})
FOREACH (learnt IN CASE WHEN commit.learn THEN [commit.revision] ELSE [] END | SET hukun.merged_at = learnt)
SET hukun.revision = commit.revision, hukun.cursor = commit.cursor, hukun.provenance = commit.provenance
REMOVE commit.staged, commit.steps, commit.cursor, commit.provenance, commit.learn
RETURN [hukun.revision] AS row
