// The revision of the graph, and the progress of a staged write.
MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, commit.staged IS NOT NULL, coalesce(commit.steps, 0),
  COUNT { (:Step {write: commit.staged}) }] AS row
