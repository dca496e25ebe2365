// The beginning of every statement that changes the state of a commit: takes the lock of its node before it reads anything there, and
// continues only if no other writer has set a token since this writer took the lock. The metadata identifies the transaction for writers that
// wait for its locks.
{{name}}
MATCH (locked:Commit {id: 'graph'}) SET locked.seen = $token
WITH 1 AS locked MATCH (commit:Commit {id: 'graph'}) WHERE coalesce(commit.token, '') IN $tokens
