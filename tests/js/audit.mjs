// Runs the server audits of graphql-http against a GraphQL endpoint:  node audit.mjs http://127.0.0.1:8080/graphql
//
// The audits are another project's reading of the GraphQL-over-HTTP specification, so a mistake in ours cannot hide in
// a test of ours. Recommendations count like requirements: whatever is not `ok` fails.

import { serverAudits } from 'graphql-http';

// An audit that never ends would hang the suite; the slowest answer measured is far below a second.
const AUDIT_TIMEOUT_MS = 10_000;

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const fetchFn = (address, options) => fetch(address, { ...options, signal: AbortSignal.timeout(AUDIT_TIMEOUT_MS) });

let failed = 0;
const audits = serverAudits({ url, fetchFn });
for (const audit of audits) {
  const complaint = await complaintOf(audit);
  if (complaint) failed += 1;
  console.log(complaint ? `FAIL ${audit.id} ${audit.name}: ${complaint}` : `ok   ${audit.id} ${audit.name}`);
}

console.log(`${audits.length} audits, ${failed} failed`);
// An audit list that came back empty has shown nothing.
process.exitCode = failed > 0 || audits.length === 0 ? 1 : 0;

async function complaintOf(audit) {
  try {
    const result = await audit.fn();
    return result.status === 'ok' ? null : `${result.status}, ${result.reason}`;
  } catch (error) {
    return error.cause ? `${error.message} (${error.cause.message || error.cause.code})` : error.message;
  }
}
