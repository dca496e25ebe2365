// From here on a staged write stands. Only where all its steps are there, and no other write was marked or announced since its writer
// had its turn; `seen` takes the lock under which that is found out.
MATCH (commit:Commit) SET commit.seen = $revision
WITH commit
WHERE commit.staged IS NULL AND commit.revision = $from AND COUNT { (:Step {write: $staged}) } = $steps
SET commit.revision = $revision, commit.staged = $staged, commit.steps = $steps, commit.cursor = $cursor,
    commit.provenance = $provenance, commit.learn = $learn
RETURN [commit.revision] AS row
