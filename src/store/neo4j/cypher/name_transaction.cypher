// Sets the metadata of a writer's transaction, for writers that wait for its locks.
CALL tx.setMetaData($writer_metadata)
