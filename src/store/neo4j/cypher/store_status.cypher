// Where the graph stands, and how far a staged write is applied.
MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, commit.staged IS NOT NULL, coalesce(commit.steps, 0),
  COUNT { (:Step {write: commit.staged}) }] AS row
