// The last statement of a write.
MATCH (hukun:Hukun)
SET hukun.revision = $revision, hukun.cursor = $cursor, hukun.provenance = $provenance,
    hukun.merged_at = CASE WHEN $learn THEN $revision ELSE hukun.merged_at END
RETURN [hukun.revision] AS row
