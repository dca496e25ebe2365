// The end of a staged write, all of whose steps have been applied.
MATCH (commit:Commit {staged: $write}) MATCH (hukun:Hukun)
SET hukun.revision = commit.revision, hukun.cursor = commit.cursor, hukun.provenance = commit.provenance,
    hukun.merged_at = CASE WHEN commit.learn THEN commit.revision ELSE hukun.merged_at END
REMOVE commit.staged, commit.steps, commit.cursor, commit.provenance, commit.learn
RETURN [hukun.revision] AS row
