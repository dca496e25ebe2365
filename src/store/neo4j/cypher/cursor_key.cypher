MATCH (h:Hukun {id: 'graph'}) RETURN [coalesce(h.cursor_key, '')] AS row
