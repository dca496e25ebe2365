// Where the graph stands: its revision, that of the commit under way, which is the same where there is none, and that of
// the last merge or change of what is restricted, by which a process knows whether what it has learnt is the newest; and whether the
// commit under way is of a staged write.
MATCH (hukun:Hukun) MATCH (commit:Commit)
RETURN [hukun.revision, commit.revision, hukun.merged_at, commit.staged IS NOT NULL] AS row
