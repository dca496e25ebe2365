// What leads out of each entity of a level, with what a walk looks at there and at the other end: a level is one call.
// {{from}} picks the entities by `$from[place]`; {{arms}} matches, for each way, the kinds that may lead that way; {{order}} is
// empty unless the budget may cut the level off: then what comes first in a walk comes first here.
// Row: entity, [relation: id, kind, whether it ends here, flow, resource, dates, provenance; the other end].
UNWIND range(0, size($from) - 1) AS place
MATCH (a:Entity) WHERE {{from}}
CALL (a) {
  {{arms}}
}
WITH place, a, r, b, incoming {{order}} LIMIT $limit
WITH a, collect([
  r.id, type(r), incoming, r.flow, r.resource, r.valid_from, r.valid_to, r.provenance,
  [id(b), b.id, b.stage, b.valid_from, b.valid_to, b.provenance]
]) AS leading
RETURN [[id(a), a.id, a.stage, a.valid_from, a.valid_to, a.provenance], leading] AS row
