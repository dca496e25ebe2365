// Where the graph stands: its revision, and that of the commit under way, which is the same where there is none.
MATCH (hukun:Hukun) MATCH (commit:Commit)
RETURN [hukun.revision, commit.revision] AS row
