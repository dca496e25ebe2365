// Announces a staged write, which commits it. Only if all its steps are stored, and no other write was marked or announced since its writer
// took the lock.
{{fence}} AND commit.staged IS NULL AND commit.revision = $from AND COUNT { (:Step {write: $staged}) } = $steps
SET commit.token = $token, commit.revision = $revision, commit.staged = $staged, commit.steps = $steps, commit.cursor = $cursor,
    commit.provenance = $provenance, commit.learn = $learn
RETURN [commit.revision] AS row
