// What goes wrong is said, with what to do next; what is hostile stays text; the address is the state.

import { readFile } from 'node:fs/promises';
import { settled } from './browser.mjs';
import { must, says } from './must.mjs';

const TRACE = '/?view=trace&from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan';

export function robust({ kunshan, large, narrow }) {
  const check = (name, run, more = {}) => ({ name, run, origin: kunshan, ...more });
  return [
    check('a deep link reloads to the same, and back goes back', async ({ page, open }) => {
      const address = `${TRACE}&hinges=1&facts=rel:joint-fund-invests-46&lang=en`;
      await open(address);
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
      await says(page.locator('section:has(#hinges)'), 'single point');
      const before = await page.locator('main').innerText();
      await page.reload();
      await settled(page);
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
      await says(page.locator('section:has(#hinges)'), 'single point');
      must((await page.locator('main').innerText()) === before, 'the page reads otherwise after a reload');
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Flows' }).click();
      await says(page.locator('h1'), 'Flows');
      await page.goBack();
      await says(page.locator('h1'), 'Paths');
      await page.goBack();
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
    }),
    check(
      'the API is down: said at once, and asked again without losing the question',
      async ({ page, open, origin }) => {
        await page.route('**/graphql', (route) => route.abort());
        await page.goto(origin + TRACE);
        await says(page.getByRole('alert'), '无法连接接口');
        await page.unroute('**/graphql');
        await page.getByRole('button', { name: '重试' }).first().click();
        await says(page.locator('.summary'), '2 条路径');
        // And while one reads.
        await page.route('**/graphql', (route) => route.abort());
        await page.getByRole('button', { name: '对调来源与去向' }).click();
        await says(page.getByRole('alert'), '无法连接接口');
        await page.unroute('**/graphql');
        await page.getByRole('button', { name: '重试' }).first().click();
        await says(page.locator('.summary'), '条路径');
      },
      { expects: ['ERR_FAILED'] },
    ),
    check('while its scripts are on the way the page says that it opens', async ({ page, origin }) => {
      await page.route('**/*.js', async (route) => {
        await new Promise((done) => setTimeout(done, 1500));
        await route.continue();
      });
      await page.goto(origin, { waitUntil: 'commit' });
      await says(page.locator('body'), '正在打开');
      await says(page.locator('h1'), '机制一览');
      must((await page.getByText('正在打开').count()) === 0, 'it still says so');
    }),
    check('a question that the API refuses shows its reason', async ({ page, open }) => {
      await open('/?view=trace&from=in:region:nowhere&to=in:region:kunshan');
      await says(page.getByRole('alert'), 'NOT_FOUND');
      await says(page.getByRole('alert'), 'region:nowhere');
    }),
    check('where a key is needed it is asked for, sent, and kept for the session alone', async ({ page, origin }) => {
      // A server that answers nobody unknown, and a key of its own.
      const key = process.env.LOCKED_KEY;
      await page.goto(origin);
      await page.getByLabel('密钥').first().fill(key);
      await page.getByRole('button', { name: '使用密钥' }).first().click();
      await page.locator('table.ledger').waitFor();
      must(!page.url().includes(key), 'the key is in the address');
      must((await page.evaluate(() => localStorage.length)) === 0, 'the key outlives the session');
    }, { origin: process.env.LOCKED_URL, expects: ['401'] }),
    check('an answer that is not whole says so and why', async ({ page, open }) => {
      await open(TRACE);
      await says(page.locator('.truncated'), '答案不完整');
      await says(page.locator('.truncated'), '访问的关系超过限额');
    }, { origin: narrow }),
    check('nothing found, and what to do', async ({ page, open }) => {
      await open('/?view=entity&q=qqqqqqqq');
      await says(page.locator('.empty'), '没有匹配');
      await open('/?view=entity&id=fund:nowhere');
      await says(page.locator('.empty'), '没有这个实体');
      await open('/?view=trace&from=id:industry:future&to=id:university:fudan');
      await says(page.locator('.empty'), '没有路径');
      await open('/?view=trace');
      await says(page.locator('.empty'), '请选择来源与去向');
    }),
    check('a search with 10,000 results', async ({ page, open }) => {
      await open('/');
      await page.getByRole('combobox', { name: '检索' }).fill('样本企业');
      await page.locator('.masthead').getByRole('option').nth(11).waitFor();
      await page.keyboard.press('Enter');
      await says(page.locator('main [role=status]'), '已显示 50 / 10,000');
      await page.getByRole('button', { name: '继续加载' }).click();
      await says(page.locator('main [role=status]'), '已显示 250 / 10,000');
    }, { origin: large }),
    check('a name with a script in it is a name', async ({ page, open }) => {
      const name = '<script>window.hit=1</script><img src=x onerror=window.hit=1>';
      for (const path of [
        '/?view=entity&q=script',
        '/?view=entity&id=company:hostile',
        '/?view=trace&from=id:park:hub&to=id:company:hostile&unstated=1',
        '/?view=network&centre=company:hostile',
        '/?view=ledger&from=id:park:hub&to=id:company:hostile&open=none',
        '/?view=trace&from=id:company:hostile&to=id:park:hub&facts=company:hostile&lang=en',
      ]) {
        await open(path);
        await says(page.locator('main'), name);
        must((await page.evaluate(() => window.hit)) === undefined, `${path}: the name was run`);
      }
      await page.getByRole('combobox').first().fill('script');
      await says(page.getByRole('option'), name);
      must((await page.evaluate(() => window.hit)) === undefined, 'the name was run in the list');
    }, { origin: large }),
    check('what is shown can be taken along', async ({ page, open }) => {
      await open(TRACE);
      const taken = async (format) => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `下载为 ${format}` }).click()]);
        return readFile(await download.path());
      };
      const rows = (await taken('CSV')).toString();
      must(rows.startsWith('\uFEFFwhat,path') && rows.includes('总投资额超50亿元'), rows.slice(0, 200));
      must(JSON.parse(await taken('JSON')).totalCount.value === '2', 'the JSON is the answer');
      const svg = (await taken('SVG')).toString();
      must(svg.includes('上海交通大学') && !svg.includes('<script') && !svg.includes('style='), svg.slice(0, 300));
      const png = await taken('PNG');
      must(png.subarray(1, 4).toString() === 'PNG' && png.length > 10_000, `${png.length} bytes`);
    }),
    check('the query behind a view runs as it is copied', async ({ page, open, origin }) => {
      await open(`/?view=api&of=trace&from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan`);
      for (const [name, mark] of [['curl', "curl -s"], ['TypeScript', 'await fetch('], ['Python', 'urllib.request']]) {
        await page.getByRole('button', { name, exact: true }).click();
        await page.getByRole('button', { name: '复制' }).click();
        const text = await page.evaluate(() => navigator.clipboard.readText());
        must(text.includes(mark) && text.includes('query Trace('), `${name}: ${text.slice(0, 200)}`);
        if (name === 'curl') await runs(text, '"value":"2"');
      }
      await page.getByRole('button', { name: '运行' }).click();
      await says(page.locator('section:has(#the-answer) pre'), '"totalCount"');
    }),
    check('GraphiQL writes, completes and asks without another host', async ({ page, origin }) => {
      await page.goto(`${origin}/graphiql`);
      await says(page.locator('.graphiql-query-editor .view-line'), 'zikun');
      await page.locator('.graphiql-execute-button').click();
      await says(page.locator('.result-window'), 'park:zikun');
    }),
    check('nothing inline: the policies hold', async ({ page, open }) => {
      const response = await page.goto(kunshan);
      const policy = response.headers()['content-security-policy'];
      must(!policy.includes('unsafe') && policy.includes("script-src 'self'") && policy.startsWith("default-src 'none'"), policy);
      const html = await response.text();
      must(!/<script(?![^>]*\bsrc=)/.test(html) && !/\son\w+=|\sstyle=/.test(html), 'something is inline');
      const graphiql = (await page.goto(`${kunshan}/graphiql`)).headers()['content-security-policy'];
      must(/script-src 'self';/.test(graphiql) && !graphiql.includes('unsafe-eval'), graphiql);
    }),
  ];
}

async function runs(command, expected) {
  const { execFile } = await import('node:child_process');
  const told = await new Promise((done) => execFile('bash', ['-c', command], (error, out) => done(error ? String(error) : out)));
  must(told.includes(expected), told.slice(0, 300));
}
