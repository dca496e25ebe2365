// What the page weighs, and that it draws; how fast is told and not judged, for that depends on what else the machine does.

import { settled } from './browser.mjs';
import { must } from './must.mjs';

const KB = 1000;
const FIRST_MAX = 60 * KB;
const NETWORK_MAX = 150 * KB;

export function speed({ kunshan, large }) {
  return [
    {
      name: 'the first screen weighs at most 60 KB of JavaScript, the network 150 KB more',
      origin: kunshan,
      run: async ({ page, open }) => {
        const sizes = new Map();
        page.on('response', async (response) => {
          if (!/\.js$/.test(new URL(response.url()).pathname)) return;
          must((await response.headerValue('content-encoding')) === 'gzip', `${response.url()} is not compressed`);
          must((await response.headerValue('cache-control')).includes('immutable'), `${response.url()} is not kept`);
          sizes.set(response.url(), response.request().sizes().then(({ responseBodySize }) => responseBodySize));
        });
        const sum = async () => (await Promise.all(sizes.values())).reduce((total, size) => total + size, 0);
        await open('/');
        await page.locator('table.ledger').waitFor();
        const first = await sum();
        await page.getByRole('navigation').first().getByRole('link', { name: '关系网络' }).click();
        await page.locator('[data-layout-ms]').waitFor();
        const network = (await sum()) - first;
        must(first > 10 * KB && first <= FIRST_MAX, `the first screen: ${first} bytes`);
        must(network > 10 * KB && network <= NETWORK_MAX, `the network: ${network} bytes`);
        return `${(first / KB).toFixed(1)} KB, and ${(network / KB).toFixed(1)} KB`;
      },
    },
    {
      name: 'the trace is drawn',
      origin: kunshan,
      run: async ({ page, open }) => {
        const times = [];
        for (let round = 0; round < 5; round += 1) {
          await open('/?view=trace&from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan');
          await page.waitForFunction(() => performance.getEntriesByName('trace-drawn').length > 0);
          times.push(await page.evaluate(() => performance.getEntriesByName('trace-drawn')[0].duration));
        }
        times.sort((a, b) => a - b);
        return `${Math.round(times[2])} ms (median of ${times.map(Math.round).join(', ')})`;
      },
    },
    {
      name: 'a network begins with 300 entities, opens to 2,000, and is laid out beside the page',
      origin: large,
      run: async ({ page, open }) => {
        await open('/?view=network&centre=park:hub');
        await page.locator('[data-layout-ms]').waitFor();
        const count = () => page.locator('.summary strong').innerText();
        must((await count()) === '300 个实体', await count());
        must((await page.locator('.truncated').innerText()).includes('300'), 'it does not say that there are more');
        await page.getByRole('button', { name: /^展开 \+\d+ 中枢园区/ }).first().click();
        await settled(page);
        await page.waitForFunction(() => document.querySelector('.summary strong').textContent.startsWith('2000'));
        await page.waitForFunction(() => document.querySelector('[data-layouts]').dataset.layouts === '2');
        const ms = Number(await page.locator('[data-layout-ms]').getAttribute('data-layout-ms'));
        await page.waitForTimeout(500);
        must((await page.locator('[data-layouts]').getAttribute('data-layouts')) === '2', 'it is laid out again without a reason');
        must((await page.locator('.truncated').innerText()).includes('2000'), 'it does not say that no more are drawn');
        return `2,000 entities laid out in ${ms} ms`;
      },
    },
  ];
}
