// A page of the relations at each of some entities. For each kind, the index returns them by id, so that no more are read than a page has
// (the order names all keys of the index, or else the planner reads all relations and sorts them; and the hint is SEEK, or else it may scan
// the whole index while its statistics are new).
// The first rows of the pages of all kinds are the page.
UNWIND $ids AS id
CALL (id) {
  UNWIND {{kinds}} AS kind
  CALL (id, kind) {
    MATCH (v:Relation) USING INDEX SEEK v:Relation({{end}}, kind, id)
    WHERE v.{{end}} = id AND v.kind = kind AND v.id > {{above}} AND v.id < {{below}} {{loops}} AND {{where}}
    RETURN v ORDER BY v.{{end}} {{direction}}, v.kind {{direction}}, v.id {{direction}} LIMIT {{limit}}
  }
  RETURN v ORDER BY v.id {{direction}} LIMIT {{limit}}
}
RETURN [{{part}}, id, v.id, v.body] AS row
