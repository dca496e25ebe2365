MATCH (u:Rule) WHERE ($types IS NULL OR u.rule_type IN $types) {{and visible u}}
RETURN [u.id, u.body] AS row
