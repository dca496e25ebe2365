// A page in any order. Only the keys are sorted; the bodies are read for the page only.
{{anchor}}
WITH e WHERE {{where}}
WITH e ORDER BY {{order}} LIMIT {{limit}}
RETURN [{{part}}, e.id, e.body, {{degree}}] AS row
