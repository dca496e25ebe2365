// The same question in four spellings, each of which runs as it is pasted.

export interface Snippet {
  readonly name: 'GraphQL' | 'curl' | 'TypeScript' | 'Python';
  readonly text: string;
}

export function snippets(url: string, query: string, variables: unknown): [Snippet, ...Snippet[]] {
  const given = JSON.stringify(variables, null, 2);
  const hasVariables = given !== '{}';
  return [
    { name: 'GraphQL', text: hasVariables ? `${query}\n\n# ${given.replaceAll('\n', '\n# ')}` : query },
    { name: 'curl', text: curl(url, query, variables) },
    { name: 'TypeScript', text: typescript(url, query, given) },
    { name: 'Python', text: python(url, query, given) },
  ];
}

function curl(url: string, query: string, variables: unknown): string {
  const body = JSON.stringify({ query, variables });
  // Within single quotes a shell takes everything as it is but the quote itself.
  return `curl -s ${url} \\\n  -H 'content-type: application/json' \\\n  -d '${body.replaceAll("'", "'\\''")}'`;
}

function typescript(url: string, query: string, variables: string): string {
  const text = query.replace(/[`\\]|\$\{/g, '\\$&');
  return `const query = \`\n${text}\n\`;
const variables = ${variables};

const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables }),
});
const { data, errors } = await response.json();
if (errors) throw new Error(errors[0].message);
console.log(data);`;
}

function python(url: string, query: string, variables: string): string {
  // A JSON text within a raw Python string, read by json: no literal of one language is taken for the other's.
  return `import json, urllib.request

query = r"""
${query}
"""
variables = json.loads(r"""${variables}""")

request = urllib.request.Request(
    ${JSON.stringify(url)},
    json.dumps({"query": query, "variables": variables}).encode(),
    {"content-type": "application/json"},
)
answer = json.load(urllib.request.urlopen(request))
if answer.get("errors"):
    raise SystemExit(answer["errors"][0]["message"])
print(json.dumps(answer["data"], ensure_ascii=False, indent=2))`;
}
