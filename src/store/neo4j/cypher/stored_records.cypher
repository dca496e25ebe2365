// {{label}} is one of the five kinds of records; {{sort}} is `visible`, or `listed` for a source. The last value is whether the record must
// have statements, so that missing ones are noticed.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) {{where {{sort}} n}}
OPTIONAL MATCH (v:Evidence {of: id})
OPTIONAL MATCH (p:Provenance {id: n.provenance})
RETURN [id, n.body, v.statements, p IS NOT NULL AND size(p.evidence) > 0] AS row
