// Takes over an announced write: from here on nobody applies its steps but who has this token.
{{fence}} AND commit.staged = $write
SET commit.token = $token
RETURN [commit.steps] AS row
