// Follows the changes over server-sent events, by the npm package graphql-sse:  node sse.mjs URL [CURSOR]
//
// Prints a change a line. Where the connection ends, it goes on from the last cursor.

import { createClient } from 'graphql-sse';

const [url, begin] = process.argv.slice(2);
const query = `subscription ($since: String) {
  changes(since: $since) { cursor revision action kind subjectId mergedInto node { id } }
}`;

for (let since = begin; ; ) {
  const client = createClient({ url: `${url}/graphql/stream`, retryAttempts: 0 });
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { since } })) {
      if (errors) throw new Error(JSON.stringify(errors));
      since = data.changes.cursor;
      console.log(JSON.stringify(data.changes));
    }
  } catch (error) {
    console.error(String(error));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}
