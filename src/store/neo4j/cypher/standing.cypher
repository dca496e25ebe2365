// Where the graph stands: its revision, that of the commit under way, which is the same where there is none, and that of
// the last merge or change of what is restricted, by which a process knows whether what it has learnt is the newest; and whether the
// commit under way is of a staged write; and the schema, which another program may have raised.
MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, hukun.merged_at, commit.staged IS NOT NULL, coalesce(hukun.schema, 0)] AS row
