// Which writer wrote a revision: so one whose COMMIT was not answered knows whether it stands.
MATCH (w:Write {revision: $revision})
RETURN w.token AS row
