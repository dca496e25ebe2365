MATCH (s:Source) {{where listed s}} RETURN count(s) AS row
