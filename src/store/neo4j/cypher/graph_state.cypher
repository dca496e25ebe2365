// The state of the graph: its revision; the revision of the commit that is being applied, or the same if there is none; the revision that last
// changed a redirect or a restriction, by which a process knows whether its lookups are current; whether the commit that is being applied is
// a staged write; and the schema version, which another program may have upgraded.
MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, hukun.merged_at, commit.staged IS NOT NULL, coalesce(hukun.schema, 0)] AS row
