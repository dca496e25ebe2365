MATCH (hukun:Hukun) RETURN [hukun.schema] AS row
