// The questions of docs/queries.md and docs/flow.md, answered by clicking alone, from the address of the server and nothing else.

import { settled } from './browser.mjs';
import { must, says } from './must.mjs';

export function answers({ kunshan, large }) {
  const check = (name, run, settings) => ({ name, run, settings, origin: kunshan });
  return [
    check('find something by pinyin', async ({ page, open }) => {
      await open('/');
      await find(page, 'zikun', '紫昆未来产业园');
      await says(page.locator('article h2'), '紫昆未来产业园');
    }),
    check('the first screen is the ledger: mechanisms, amounts, what is not stated', async ({ page, open }) => {
      await open('/');
      await says(page.locator('h1'), '机制一览');
      const rows = page.locator('table.ledger > tbody > tr');
      await says(rows.last(), '不属于任何机制');
      must((await rows.count()) === 19, `${await rows.count()} rows`);
      const tax = rows.filter({ hasText: '嘉昆太税收共享模式' });
      await says(tax.locator('[data-label="已实现"]'), '4.7 亿元');
      must(!(await tax.locator('[data-label="已实现"]').innerText()).includes('≥'), 'what is stated stands as stated');
      await says(tax.locator('[data-label="未说明"] .unknown').first(), '来源');
      await says(tax, '来自或去往别处');
      await says(rows.filter({ hasText: '沪昆通用创新券' }).locator('[data-label="已实现"]'), '1,566 万元');
      await says(page.locator('details', { hasText: '未列入的机制' }), '未记载资源流动');
      await says(rows.filter({ hasText: '基金互投' }), '断点');
    }),
    ...['zh', 'en'].map((lang) =>
      check(`codes are called what the API calls them: ${lang}`, async ({ page, open }) => {
        await open(`/?lang=${lang}`);
        await page.locator('table.ledger').waitFor();
        const lists = await page.evaluate(async () => {
          const query = '{ vocabulary { type value zh en } }';
          const headers = { 'content-type': 'application/json' };
          const answer = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
          return (await answer.json()).data.vocabulary;
        });
        const labels = (list) => lists.filter(({ type }) => type === list).map((entry) => entry[lang]);
        const heads = await page.locator('table.ledger thead th').allInnerTexts();
        for (const status of labels('QuantityStatus')) must(heads.includes(status), `no column ${status}: ${heads}`);
        const tags = await page.locator('table.ledger .resource').allInnerTexts();
        must(tags.length > 10 && tags.every((tag) => labels('Resource').includes(tag)), `resources: ${tags}`);
        return `${tags.length} labels`;
      }),
    ),
    check('which words stand behind 「超50亿元」, in one click', async ({ page, open }) => {
      await open('/');
      await page.getByRole('button', { name: /^> 50 亿元/ }).click();
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
      for (const part of ['强化区域协同创新', '第 49 行', '由上下文推得', '自述']) await says(page.locator('aside dl'), part);
    }),
    check('by which ways resources reach the industries, and where they stop', async ({ page, open }) => {
      await open('/');
      await view(page, '路径追踪');
      await pick(page, '去向', '产业', '全部产业');
      await says(page.locator('.summary'), '2 条路径');
      await says(page.locator('.summary'), '5 处断点');
      for (const step of ['上海交通大学昆山未来产业研究院', '研究院落地转化的高科技项目', '高科技']) await says(page.locator('section:has(#paths)'), step);
      await says(page.locator('section:has(#paths)'), '首尾归入所问地区的依据');
      await says(page.locator('.dead-ends li', { hasText: '沪昆创新项目' }).first(), '只返回来源方');
      await page.locator('.dead-ends').getByRole('button', { name: /^> 50 亿元/ }).click();
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
    }),
    check('what the way hangs on, and whether it stands without some of its evidence', async ({ page, open }) => {
      await open('/');
      await view(page, '路径追踪');
      await pick(page, '去向', '产业', '全部产业');
      await page.getByRole('button', { name: '计算关键环节与稳健性' }).click();
      await says(page.locator('section:has(#hinges) tr', { hasText: '上海交通大学昆山未来产业研究院' }), '单点');
      await says(page.locator('section:has(#hinges) tr', { hasText: 'source:article' }), '否');
      await says(page.locator('section:has(#hinges) tr', { hasText: 'source:wikipedia-simple-sjtu' }), '否');
    }),
    check('what each yuan is said to have moved', async ({ page, open }) => {
      await open('/');
      await view(page, '指标');
      await page.getByLabel('机制或基金').selectOption({ label: '沪昆通用创新券' });
      const row = page.locator('section:has(#leverage) tr', { hasText: '9.4 亿元' });
      await says(row, '60.03 ×');
      await says(row, '所宣称');
      await row.getByRole('button', { name: /9.4 亿元/ }).click();
      await page.locator('aside blockquote').first().waitFor();
    }),
    check('how the shared tax would be divided', async ({ page, open }) => {
      await open('/');
      await view(page, '指标');
      await page.getByLabel('机制或基金').selectOption({ label: '嘉昆太税收共享模式' });
      await page.getByLabel('金额，如 470000000 CNY').fill('470000000 CNY');
      await page.getByRole('button', { name: '分配' }).click();
      const table = page.locator('section:has(#allocation) table');
      for (const part of ['2.35 亿元', '1.41 亿元', '9,400 万元']) await says(table, part);
    }),
    check('whether the angel fund keeps its rule', async ({ page, open }) => {
      await open('/');
      await view(page, '指标');
      await says(page.locator('section:has(#allocation) li', { hasText: '天使投资基金' }), '无法判定');
    }),
    check('who funds what, as a saved question', async ({ page, open }) => {
      await open('/');
      await view(page, '数据与接口');
      await page.getByRole('button', { name: '查询: 谁出资给谁？' }).click();
      await page.getByRole('button', { name: '运行' }).click();
      await says(page.locator('section:has(#the-answer) pre'), '"totalCount": 13');
    }),
    check('which layers of money there are', async ({ page, open }) => {
      await open('/');
      await view(page, '数据与接口');
      await page.getByRole('button', { name: '查询: 有哪几层可以累加的数额？' }).click();
      await page.getByRole('button', { name: '运行' }).click();
      await says(page.locator('section:has(#the-answer) pre'), '"relationCount": 11');
    }),
    check('how much of what the joint fund’s projects took in came from the centre', async ({ page, open }) => {
      await open('/');
      await view(page, '资金流向（数额归因）');
      await swapEnds(page, [['来源', 'hufang', '联合投资基金的沪方']], [['去向', '沪昆创新项目', '沪昆创新项目']]);
      await page.getByRole('button', { name: /^资金 · 元 · 已实现/ }).click();
      const total = page.locator('section:has(#flow-total)');
      await says(total, '0 元');
      await says(total, '上限未知');
      must((await page.locator('section:has(#ask-next) tbody tr').count()) === 3, 'three facts to ask for');
    }),
    check('a layer’s total leads to the relations that it is the sum of, each with its quote', async ({ page, open }) => {
      await open('/');
      await view(page, '数据与接口');
      await page.getByRole('link', { name: '有哪几层可以累加的数额？' }).click();
      await page.getByRole('button', { name: /列出 资金 · 元 · 已实现 相加的 11 条关系/ }).click();
      const sum = page.locator('section:has(> .answer #layer-sum)');
      await says(sum.locator('h3'), '合计由这 11 条关系相加而成');
      must((await sum.locator('.steps > li').count()) === 11, 'eleven relations');
      must((await sum.locator('.steps > li q').count()) === 11, 'each with its quote');
      await sum.getByRole('button', { name: /51.13 亿元/ }).first().click();
      await page.locator('aside blockquote').first().waitFor();
      await page.reload();
      await says(page.locator('#layer-sum'), '11');
    }),
    check('what is not known, and whom to ask', async ({ page, open }) => {
      await open('/');
      await view(page, '数据与接口');
      await page.getByRole('link', { name: /联合投资基金所投项目得到的资金/ }).click();
      const first = page.locator('section:has(#ask-next) tbody tr').first();
      await says(first.locator('td').first(), '跨区域联合投资基金');
      await first.getByRole('link', { name: '跨区域联合投资基金' }).click();
      await says(page.locator('h1'), '实体');
    }),
    check('what rules and indicators lack is said in the language of the page', async ({ page, open }) => {
      for (const path of ['?view=indicators&regions=region:shanghai,region:kunshan&bearer=fund:angel', '?view=entity&id=fund:angel', '?view=entity&id=program:tax-sharing']) {
        await open(`/${path}&lang=zh`);
        const said = await page.locator('main').innerText();
        const prose = /[a-z]{2,}(?: [a-z]{2,}){3,}/i.exec(said.replace(/[a-z]+:[\w-]+/g, ''));
        must(!prose || !/\b(the|is|of|no|and)\b/.test(prose[0]), `English on a Chinese page: ${prose?.[0]}`);
      }
      await open('/?view=indicators&regions=region:shanghai,region:kunshan&lang=zh');
      await says(page.locator('.reasons'), '事实都出自只涵盖一份文献的数据集');
      await says(page.locator('section:has(#allocation) li', { hasText: '天使投资基金' }), '规则未说明以什么计');
      await open('/?view=indicators&regions=region:shanghai,region:kunshan&lang=en');
      await says(page.locator('.reasons'), 'The facts are from data sets that each cover a single document');
      await says(page.locator('section:has(#allocation) li', { hasText: 'Angel investment fund' }), 'The rule does not say what it counts');
    }),
    check('a number is cited with its words, its source and an address that shows them', async ({ page, open }) => {
      await open('/');
      await page.getByRole('button', { name: /^> 50 亿元/ }).click();
      await page.getByRole('button', { name: '引用这一条' }).first().click();
      await says(page.locator('aside .cite'), '已复制');
      const citation = await page.evaluate(() => navigator.clipboard.readText());
      for (const part of ['总投资额超50亿元', '强化区域协同创新', '第 49 行', '版本']) must(citation.includes(part), `${part} is not in: ${citation}`);
      await page.goto(/https?:\S+$/.exec(citation)[0]);
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
    }),
    check('found by an English name on a Chinese page', async ({ page, open }) => {
      await open('/');
      await find(page, 'angel investment', '天使投资基金');
      await says(page.locator('article h2'), '天使投资基金');
    }),
    check('what became of the 14.76 亿 in the fund of funds', async ({ page, open }) => {
      await open('/');
      await view(page, '数据与接口');
      await page.getByRole('link', { name: /母基金实缴的 14.76 亿元/ }).click();
      await says(page.locator('h1'), '资金流向（数额归因）');
      await says(page.locator('section:has(#flow-total)'), '14.76 亿元');
      await says(page.locator('section:has(#flow-absorbed)'), '51.13 亿元');
      await says(page.locator('section:has(#ask-next)'), '「政府母基金」给予「母基金的子基金」的确切数额是多少');
      await says(page.locator('tr', { hasText: '母基金的子基金' }), '来历未说明');
    }),
    check('every number of the first screens leads to its quote', async ({ page, open }) => {
      let followed = 0;
      for (const path of ['/', '/?view=trace&from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan', '/?view=entity&id=fund:mother']) {
        await open(path);
        await page.locator('main .evidence-link:visible').first().waitFor();
        const numbers = page.locator('main .evidence-link:visible').filter({ has: page.locator('.number, .unknown') });
        for (const facts of new Set(await numbers.evaluateAll((all) => all.map((one) => one.dataset.facts)))) {
          await page.locator(`main .evidence-link:visible[data-facts="${facts}"]`).first().click();
          await page.locator(`aside blockquote`).first().waitFor();
          const ids = facts.split(',').length;
          must((await page.locator('aside ol > li').count()) === ids, `${facts}: not every fact is in the panel`);
          await page.keyboard.press('Escape');
          followed += 1;
        }
      }
      must(followed > 50, `${followed} numbers`);
      return `${followed} numbers`;
    }),
    check('keyboard alone: find, open, read the quote, come back', async ({ page, open }) => {
      await open('/');
      await tabTo(page, (element) => element.getAttribute('role') === 'combobox' && element.placeholder.includes('拼音'));
      await page.keyboard.type('hukunchuangxin');
      await page.locator('.masthead [role=option]').first().waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await says(page.locator('article h2'), '沪昆创新项目');
      await settled(page);
      await tabTo(page, (element) => element.textContent.includes('> 50 亿元'));
      await page.keyboard.press('Enter');
      await says(page.locator('aside blockquote'), '总投资额超50亿元');
      must(await page.evaluate(() => document.activeElement.closest('aside') !== null), 'the panel has the focus');
      await page.keyboard.press('Escape');
      must(await page.evaluate(() => document.activeElement.textContent.includes('> 50 亿元')), 'the focus is back at the number');
    }),
    {
      name: 'the quote is shown highlighted in the file that the operator supplied',
      origin: large,
      run: async ({ page, open }) => {
        await open('/?view=entity&id=park:hub');
        await page.locator('dd .evidence-link').first().click();
        await says(page.locator('aside .in-source mark'), '区共有企业');
        await says(page.locator('aside .in-source p'), '此前一句');
        const [text] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: /全文/ }).click()]);
        await says(text.locator('body'), '此后一句');
      },
    },
  ];
}

export async function view(page, name) {
  await page.getByRole('navigation', { name: '视图' }).getByRole('link', { name, exact: true }).click();
  await says(page.locator('h1'), name);
  await settled(page);
}

async function find(page, text, option) {
  await page.getByRole('combobox', { name: '检索' }).fill(text);
  await page.locator('.masthead').getByRole('option', { name: option }).first().click();
  await settled(page);
}

async function pick(page, end, text, option) {
  const picker = page.getByRole('group', { name: end });
  await picker.getByRole('combobox').fill(text);
  await picker.getByRole('option', { name: option }).first().click();
  await settled(page);
}

/** Takes away what is picked and picks something else. */
async function swapEnds(page, ...ends) {
  for (const [[end, text, option]] of ends) {
    const group = page.getByRole('group', { name: end });
    while (await group.getByRole('button').count()) await group.getByRole('button').first().click();
    await pick(page, end, text, option);
  }
}

/** Presses Tab until what is wanted has the focus. */
export async function tabTo(page, wanted) {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(`(${wanted})(document.activeElement)`)) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      must(outline !== 'none', 'the focus cannot be seen');
      return;
    }
  }
  throw new Error('Tab does not lead there');
}
