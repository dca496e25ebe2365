// GraphiQL for the server that served this page: a page of its own, so that the explorer carries nothing of it.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

// Relative to the page, so that a proxy may put the server below a path of its own.
const http = new URL('graphql', location.href);
const ws = new URL('graphql/ws', location.href);
ws.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

// A first look: shown when this browser has no tabs kept from an earlier visit.
const defaultQuery = `# Ctrl-Enter   runs the query
# Ctrl-Space   completes
# the book, top left: every type, explained
#
# Where a key is needed, under Headers:
#   { "Authorization": "Bearer KEY" }

{
  search(query: "zikun", first: 10) {
    edges {
      score
      node {
        id
        kind
        name
      }
    }
  }
}
`;

const fetcher = createGraphiQLFetcher({
  url: http.href,
  subscriptionUrl: ws.href,
  // Multipart answers are for @defer and @stream, which the server does not have.
  enableIncrementalDelivery: false,
});

const place = document.getElementById('graphiql');
// Headers are not persisted: a key in the browser's storage would outlive the visit.
if (place) createRoot(place).render(createElement(GraphiQL, { fetcher, defaultQuery, shouldPersistHeaders: false }));
