// Where the graph stands: its revision, that of the commit under way, which is the same where there is none, and that of
// the last merge, by which a process knows whether its redirects are the newest.
MATCH (hukun:Hukun) MATCH (commit:Commit)
RETURN [hukun.revision, commit.revision, hukun.merged_at] AS row
