// The relations out of each entity of a level, with the facts that a walk reads of them and of their other ends: one call for each level.
// {{from}} selects the entities by `$from[place]`; {{arms}} matches, for each direction, the kinds that may lead that way; {{order}} is
// empty unless the budget may truncate the level, in which case the rows are in the order of the walk.
// Row: entity, [relation: id, kind, whether it is incoming, flow, resource, dates, provenance; the other end].
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
