// Says which commit is about to be applied, in a transaction of its own: while it is, a reader may see parts of it, and knows by
// this that it must start again.
MATCH (commit:Commit) SET commit.revision = $revision RETURN [commit.revision] AS row
