// Redirects to the merged entity now lead to the canonical one, so that no redirect leads to another. Records that refer to the merged
// entity by id are changed too.
UNWIND $rows AS given
CALL (given) { MATCH (earlier:Redirect {to: given.from}) SET earlier.to = given.to }
CALL (given) { MATCH (o:Observation {entity: given.from}) SET o.entity = given.to }
CALL (given) { MATCH (u:Rule {bearer: given.from}) SET u.bearer = given.to }
MERGE (r:Redirect {id: given.from}) SET r.to = given.to
RETURN [count(r)] AS row
