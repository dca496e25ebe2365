import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compressed } from './build/compressed';
import { licences } from './build/licences';
import { savedQuestions } from './build/saved';
import { vocabulary } from './build/vocabulary';

// Where `npm run dev` finds the API.
const api = process.env.HUKUN_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  // Relative, so that a proxy may put the server below a path of its own.
  base: './',
  plugins: [svelte(), savedQuestions('../seed/queries'), vocabulary('../vocabulary.json'), licences(), compressed()],
  // The page is the root's; GraphiQL is a page of its own.
  build: {
    target: 'es2022',
    // An image within the text of a style would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rollupOptions: { input: ['index.html', 'graphiql.html'] },
  },
  worker: { format: 'es' },
  server: {
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(['/graphql', '/sources', '/export', '/schema.graphql'].map((path) => [path, api])),
  },
});
