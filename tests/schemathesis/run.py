"""Asks what schemathesis makes of the schema, and holds each answer to what every client may rely on.

    run.py URL [KEY]

A question made at random may be refused, and mostly is; but never by a fault of the server, and always in the shape of GraphQL with
a code that docs/writing.md and docs/limits.md name.
"""

import sys

import hypothesis
import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

EXAMPLES = 6
SEED = 20240305
CODES = {"BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "LIMIT_EXCEEDED"}

dates = st.dates().map(lambda date: nodes.String(date.isoformat()))
partial = st.one_of(
    st.dates().map(lambda date: date.isoformat()),
    st.dates().map(lambda date: date.isoformat()[:7]),
    st.integers(1, 9999).map(lambda year: f"{year:04}"),
    st.text(max_size=8),
)
decimals = st.one_of(st.decimals(-(10**12), 10**12, places=2).map(str), st.integers(-(10**30), 10**30).map(str), st.text(max_size=5))


def check(case, response, key):
    assert response.status_code in (200, 400), f"status {response.status_code}: {response.text}"
    assert response.headers["content-type"] == ["application/graphql-response+json; charset=utf-8"], response.headers
    body = response.json()
    assert set(body) <= {"data", "errors", "extensions"}, body
    errors = body.get("errors", [])
    assert errors or "data" in body, body
    # Executed or not, and the status says which.
    assert ("data" in body) == (response.status_code == 200), body
    assert "errors" not in body or errors, body
    for error in errors:
        assert isinstance(error["message"], str) and error["message"], error
        assert error["extensions"]["code"] in CODES, error
        assert all(place["line"] >= 1 and place["column"] >= 1 for place in error.get("locations", [])), error
        if "data" in body:
            assert error["path"], error
    if key is None and case.operation.label.startswith("Mutation.") and "data" in body:
        assert body["data"] is None and errors, f"an unknown client wrote: {body}"


def main(url, key=None):
    for name in ("Date", "PartialDate", "DateTime"):
        schemathesis.graphql.scalar(name, partial.map(nodes.String))
    schemathesis.graphql.scalar("Decimal", decimals.map(nodes.String))
    headers = {"Accept": "application/graphql-response+json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    schema = schemathesis.graphql.from_url(url)
    asked, answered, refused, broken = 0, 0, 0, []
    for operation in schema.get_all_operations():
        operation = operation.ok()

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def ask(case):
            nonlocal asked, answered, refused
            response = case.call(headers=headers)
            asked += 1
            refused += response.status_code == 400
            answered += "errors" not in response.json()
            check(case, response, key)

        try:
            ask()
        except Exception as wrong:
            broken.append(f"{operation.label}: {wrong}")
    print(f"asked {asked} questions: {answered} answered, {refused} refused before they were executed")
    print("\n".join(broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
