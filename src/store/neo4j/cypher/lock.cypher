// Waits for other writers, of this process or another, and returns the state from which this writer starts.
// A write to the node takes its lock until the transaction ends. The new value does not depend on the old one: a property set from itself is
// locked in another order, and two waiting writers would deadlock. The metadata identifies the transaction for writers that wait for the
// lock.
{{name}}
MATCH (locked:Hukun {id: 'graph'}) SET locked.turn = $token
WITH 1 AS locked MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, hukun.cursor, hukun.provenance, hukun.merged_at, coalesce(commit.staged, ''),
  coalesce(commit.token, '')] AS row
