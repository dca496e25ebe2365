// The explorer as readers use it, in a real browser:
//   node explorer/main.mjs KUNSHAN_URL LARGE_URL NARROW_URL [--only TEXT] [--images DIR]
// KUNSHAN has the first data set, LARGE ten thousand entities and a source's text, NARROW a budget too small for a trace.

import { launch, reader } from './browser.mjs';
import { access } from './access.mjs';
import { answers } from './answers.mjs';
import { images } from './images.mjs';
import { robust } from './robust.mjs';
import { speed } from './speed.mjs';

const [kunshan, large, narrow, ...options] = process.argv.slice(2);
if (!narrow) {
  console.error('usage: node explorer/main.mjs KUNSHAN_URL LARGE_URL NARROW_URL [--only TEXT] [--images DIR]');
  process.exit(2);
}
const option = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
const only = option('--only') ?? '';
const directory = option('--images');

const servers = { kunshan, large, narrow };
const checks = directory ? images(servers, directory) : [...answers(servers), ...robust(servers), ...access(servers), ...speed(servers)];
const browser = await launch();
let failed = 0;
const chosen = checks.filter(({ name }) => name.includes(only));
for (const { name, origin, settings, run, expects = [] } of chosen) {
  const { page, context, wrong, open } = await reader(browser, origin, settings);
  try {
    const told = await run({ page, open, origin });
    const unexpected = wrong.filter((text) => !expects.some((expected) => text.includes(expected)));
    if (unexpected.length) throw new Error(unexpected.join('\n'));
    console.log(`ok   ${name}${told ? `: ${told}` : ''}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     at ${page.url()}\n     ${String(error.message ?? error).replaceAll('\n', '\n     ')}`);
  }
  await context.close();
}
await browser.close();
console.log(`${chosen.length} checks, ${failed} failed`);
process.exitCode = failed || !chosen.length ? 1 : 0;
