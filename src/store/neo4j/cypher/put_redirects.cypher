// Whatever led to the one merged away leads on to the one kept, so that no redirect is ever followed twice.
UNWIND $rows AS given
OPTIONAL MATCH (earlier:Redirect {to: given.from})
SET earlier.to = given.to
WITH DISTINCT given
MERGE (r:Redirect {id: given.from}) SET r.to = given.to
RETURN [count(r)] AS row
