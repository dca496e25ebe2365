// Marks the commit that is about to be applied, in a transaction of its own: meanwhile a reader may read parts of it, and knows by the mark
// that its reads are stale. Does nothing if a staged write was announced meanwhile, which must be applied first.
{{fence}} AND commit.staged IS NULL
SET commit.revision = $revision, commit.token = $token
RETURN [commit.revision] AS row
