// Deletes some leftover steps of a writer that stopped before it announced its write.
{{fence}} AND commit.staged IS NULL
SET commit.token = $token
WITH commit
CALL () {
  MATCH (s:Step) WHERE s.write IS NOT NULL AND s.number IS NOT NULL AND s.text IS NOT NULL
  WITH s LIMIT $limit
  DELETE s
  RETURN count(s) AS discarded
}
RETURN [discarded] AS row
