// Schema 7. Leases of writers; relationship_keys.rs creates the uniqueness constraints of relationships.
CREATE CONSTRAINT hukun_lease_id IF NOT EXISTS FOR (n:Lease) REQUIRE n.id IS UNIQUE;
CALL db.awaitIndexes(300);
