MATCH (u:Rule) WHERE $types IS NULL OR u.rule_type IN $types
RETURN [u.id, u.body] AS row
