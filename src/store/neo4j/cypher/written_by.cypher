// The token of the writer of a revision: a writer whose COMMIT was not answered finds out whether it was applied.
MATCH (w:Write {revision: $revision})
RETURN w.token AS row
