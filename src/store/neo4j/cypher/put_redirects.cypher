// Whatever led to the one merged away leads on to the one kept, so that no redirect is ever followed twice; what hangs on an
// entity by its id follows.
UNWIND $rows AS given
CALL (given) { MATCH (earlier:Redirect {to: given.from}) SET earlier.to = given.to }
CALL (given) { MATCH (o:Observation {entity: given.from}) SET o.entity = given.to }
CALL (given) { MATCH (u:Rule {bearer: given.from}) SET u.bearer = given.to }
MERGE (r:Redirect {id: given.from}) SET r.to = given.to
RETURN [count(r)] AS row
