// Takes over an announced write: from now on only the writer with this token can apply its steps.
{{fence}} AND commit.staged = $write
SET commit.token = $token
RETURN [commit.steps] AS row
