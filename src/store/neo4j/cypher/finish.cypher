// The last statement of a write. `written_by` tells a writer whose COMMIT was not answered whether it stands.
MATCH (hukun:Hukun)
SET hukun.revision = $revision, hukun.cursor = $cursor, hukun.provenance = $provenance, hukun.written_by = $written_by,
    hukun.merged_at = CASE WHEN $learn THEN $revision ELSE hukun.merged_at END
RETURN [hukun.revision] AS row
