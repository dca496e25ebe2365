UNWIND $ids AS id
MATCH (p:Provenance {id: id})
RETURN [p.id, p.evidence, p.members, p.contributors, p.said_by] AS row
