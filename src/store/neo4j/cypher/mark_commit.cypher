// Says which commit is about to be applied, in a transaction of its own: while it is, a reader may see parts of it, and knows by
// this that it must start again. Not where a staged write was announced meanwhile, which goes first.
{{fence}} AND commit.staged IS NULL
SET commit.revision = $revision, commit.token = $token
RETURN [commit.revision] AS row
