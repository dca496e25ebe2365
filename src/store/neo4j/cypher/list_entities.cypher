// A page in any order. Only the page is read whole: what is sorted are the keys.
{{anchor}}
WITH e WHERE {{where}}
WITH e ORDER BY {{order}} LIMIT {{limit}}
RETURN [{{part}}, e.id, e.body, {{degree}}] AS row
