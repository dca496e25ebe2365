// Some steps that a writer left behind who was stopped before it announced its write; `seen` takes the lock under which writes are
// announced.
MATCH (commit:Commit) SET commit.seen = -1
WITH commit WHERE commit.staged IS NULL
MATCH (s:Step) WITH s LIMIT $limit
DELETE s
RETURN [count(s)] AS row
