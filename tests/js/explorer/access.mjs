// WCAG 2.2 AA as far as a program can tell (axe), and by hand what it cannot: keyboards, tables beside drawings, widths.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { settled } from './browser.mjs';
import { must, says } from './must.mjs';
import { tabTo } from './answers.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ENDS = 'from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan';

/** Every view, in the state in which it has most to show. */
export const VIEWS = {
  ledger: '?view=ledger&from=in:region:shanghai&to=in:region:kunshan&open=program:fund-of-funds',
  trace: `?view=trace&${ENDS}&hinges=1`,
  evidence: `?view=trace&${ENDS}&facts=rel:joint-fund-invests-46`,
  flow: '?view=flow&from=id:organization:mother-fund-contributors&to=id:company:reinvestment-recipients&layer=CAPITAL.CNY.REALISED',
  network: '?view=network&centre=park:kunshan-hitech&id=region:shanghai',
  entity: '?view=entity&id=fund:mother',
  found: '?view=entity&q=kunshan',
  indicators: '?view=indicators&regions=region:shanghai,region:kunshan&bearer=program:tax-sharing&amount=470000000',
  api: '?view=api&of=trace&from=in:region:shanghai&to=in:region:kunshan',
  start: '?view=trace',
};

/** Diagrams with more to say than there is room for. */
const CROWDED = {
  trace: [VIEWS.trace],
  'all that may flow': ['?view=trace&from=in:region:shanghai&to=in:region:kunshan&unstated=1&conversion=1'],
  'in English': ['?view=trace&from=in:region:shanghai&to=in:region:kunshan&unstated=1&conversion=1&lang=en'],
  flow: [VIEWS.flow],
  thousands: ['?view=trace&from=id:park:hub&to=kind:COMPANY&unstated=1', true],
};

export function access({ kunshan, large, narrow }) {
  const check = (name, run, more = {}) => ({ name, run, origin: kunshan, ...more });
  return [
    ...['zh', 'en'].flatMap((lang) =>
      Object.entries(VIEWS).map(([name, path]) =>
        check(`axe finds nothing: ${name} in ${lang}`, async ({ page, open }) => {
          await open(`/${path}&lang=${lang}`);
          must((await page.evaluate(() => document.documentElement.lang)).startsWith(lang), 'the language of the page');
          // All that is folded away is there to be read too.
          await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
          await violations(page);
        }),
      ),
    ),
    check('axe finds nothing where something is wrong', async ({ page, open }) => {
      await open(`/${VIEWS.trace}`);
      await violations(page);
      await open('/?view=trace&from=in:region:nowhere&to=in:region:kunshan');
      await violations(page);
    }, { origin: narrow }),
    check('each band and node of the diagram is reached and opened by keyboard', async ({ page, open }) => {
      await open(`/${VIEWS.trace}`);
      const bands = page.locator('svg [role=button]');
      const count = await bands.count();
      for (let at = 0; at < count; at += 1) {
        const band = bands.nth(at);
        must((await band.getAttribute('tabindex')) === '0', 'a band cannot be focused');
        must((await band.getAttribute('aria-label')).includes('→'), 'a band has no name');
      }
      await page.locator('details.disclosure summary').first().click();
      must((await page.locator('details.disclosure tbody tr').count()) === count, 'the table has not every band');
      await bands.first().focus();
      await page.keyboard.press('Enter');
      await page.locator('aside blockquote').first().waitFor();
      await page.keyboard.press('Escape');
      must(await page.evaluate(() => document.activeElement.matches('svg [role=button]')), 'the focus is back at the band');
      await tabTo(page, (element) => element.tagName.toLowerCase() === 'a' && element.closest('svg') !== null);
      await page.keyboard.press('Enter');
      await says(page.locator('h1'), '实体');
    }),
    check('the network is moved by keys, and its tables have all of it', async ({ page, open }) => {
      await open('/?view=network&centre=park:kunshan-hitech');
      await page.locator('[data-layout-ms]').waitFor();
      const entities = await page.locator('section:has(#network-entities) tbody tr').count();
      await says(page.locator('.summary'), `${entities} 个实体`);
      const stage = page.getByRole('application');
      await stage.focus();
      const before = await stage.screenshot();
      await page.keyboard.press('+');
      await page.keyboard.press('ArrowLeft');
      await page.waitForTimeout(300);
      must(!before.equals(await stage.screenshot()), 'the picture did not move');
      const open1 = page.getByRole('button', { name: /^展开 \+\d+ 上海市/ });
      await open1.focus();
      await page.keyboard.press('Enter');
      await settled(page);
      const more = await page.locator('section:has(#network-entities) tbody tr').count();
      must(more > entities, `${entities} then ${more}`);
      must(page.url().includes('open=region:shanghai'), page.url());
    }),
    ...[
      ['a phone', 390, 844],
      ['400 % of a wide screen', 320, 256],
    ].map(([what, width, height]) =>
      check(`${what}: nothing runs out of the side`, async ({ page, open }) => {
        for (const name of ['ledger', 'trace', 'entity', 'evidence', 'flow', 'indicators', 'api', 'start', 'network']) {
          await open(`/${VIEWS[name]}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          const widest = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll, .table-place, pre, svg')).slice(-3).map((one) => one.outerHTML.slice(0, 90)));
          must(over <= 0, `${name}: ${over} px too wide: ${widest.join(' | ')}`);
        }
      }, { settings: { width, height } }),
    ),
    ...[1440, 390].flatMap((width) =>
      Object.entries(CROWDED).map(([name, [path, many]]) =>
        check(`no two names cover each other at ${width}: ${name}`, async ({ page, open }) => {
          await open(`/${path}`);
          // A level band has no height, and so is never visible.
          await page.locator('.diagram svg path.band').first().waitFor({ state: 'attached' });
          const covered = await page.locator('.diagram svg').first().evaluate((svg) => {
            const names = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
            const cover = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
            return names.flatMap(([text, box], at) => names.slice(at + 1).filter(([, other]) => cover(box, other)).map(([other]) => `${text} / ${other}`));
          });
          must(covered.length === 0, `${covered.length}: ${covered.slice(0, 5).join('; ')}`);
          // What had no room is said where it is reached.
          const band = page.locator('.diagram path.band').last();
          await band.focus();
          await says(page.locator('.diagram .pointed text'), /\S/);
          return `${await page.locator('.diagram svg').first().locator('text').count()} names, ${await page.locator('.diagram path.band').count()} bands`;
        }, many ? { origin: large, settings: { width } } : { settings: { width } }),
      ),
    ),
    check('the first Tab offers to skip to the content', async ({ page, open }) => {
      await open('/');
      await page.keyboard.press('Tab');
      must((await page.evaluate(() => document.activeElement.textContent)) === '跳到正文', 'no way to skip');
      await page.keyboard.press('Enter');
      must(await page.evaluate(() => document.activeElement.id === 'main'), 'it does not skip');
    }),
  ];
}

async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? node.failureSummary})`).join(' | ')}`);
  });
  must(found.length === 0, found.join('\n'));
}
