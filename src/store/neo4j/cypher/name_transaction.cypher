// The name of a writer's transaction, for who waits for its locks.
CALL tx.setMetaData($writer_metadata)
