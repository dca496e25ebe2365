// {{name}} and {{kind}}: from the closed list of kinds.
CREATE CONSTRAINT {{name}} IF NOT EXISTS FOR ()-[r:{{kind}}]-() REQUIRE r.id IS UNIQUE
