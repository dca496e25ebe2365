// Waits until no other writer is at work, in this process or another, and gives the revision at which this one starts.
// A write to the node takes its lock until the transaction ends.
MATCH (hukun:Hukun) SET hukun.turn = coalesce(hukun.turn, 0) + 1
WITH hukun MATCH (commit:Commit)
RETURN [hukun.revision, commit.revision, hukun.cursor, hukun.provenance, hukun.merged_at, coalesce(commit.staged, '')] AS row
