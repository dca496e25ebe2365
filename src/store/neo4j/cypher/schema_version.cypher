MATCH (hukun:Hukun {id: 'graph'}) RETURN [hukun.schema] AS row
