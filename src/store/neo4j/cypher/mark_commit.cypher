// Says which commit is about to be applied, in a transaction of its own: while it is, a reader may see parts of it, and knows by
// this that it must start again. Not where a staged write was announced meanwhile, which goes first; `seen` takes the lock under
// which that is found out.
MATCH (commit:Commit) SET commit.seen = $revision
WITH commit WHERE commit.staged IS NULL
SET commit.revision = $revision
RETURN [commit.revision] AS row
