// The first of several processes stores the key: a write to the node takes its lock, and only then is the key read again.
MATCH (h:Hukun {id: 'graph'}) SET h.cursor_key = coalesce(h.cursor_key, '')
WITH h SET h.cursor_key = CASE h.cursor_key WHEN '' THEN $fresh ELSE h.cursor_key END
RETURN [h.cursor_key] AS row
