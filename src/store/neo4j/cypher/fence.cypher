// The beginning of every statement that changes where a commit stands: takes the lock of its node before it reads anything there, and goes on
// only where nobody else has left a token since this writer took its turn. The metadata say whose transaction it is, for who waits for
// its locks.
{{name}}
MATCH (locked:Commit {id: 'graph'}) SET locked.seen = $token
WITH 1 AS locked MATCH (commit:Commit {id: 'graph'}) WHERE coalesce(commit.token, '') IN $tokens
