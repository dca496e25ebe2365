// Who wrote a revision, and when; its changes name it.
CREATE (w:Write {revision: $revision, at: $at, by: $by})
RETURN [w.revision] AS row
