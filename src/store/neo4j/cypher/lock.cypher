// Waits until no other writer is at work, in this process or another, and gives the revision at which this one starts.
// A write to the node takes its lock until the transaction ends. The value is not made from the old one: a property set from itself is
// locked in another order, and two writers that wait would wait for each other. The metadata say whose transaction it is, for who waits
// for the lock.
{{name}}
MATCH (locked:Hukun {id: 'graph'}) SET locked.turn = $token
WITH 1 AS locked MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'})
RETURN [hukun.revision, commit.revision, hukun.cursor, hukun.provenance, hukun.merged_at, coalesce(commit.staged, ''),
  coalesce(commit.token, '')] AS row
