import { describe, expect, it } from 'vitest';
import { citationOf, locatorOf } from '../src/evidence/statement';
import { moveOf } from '../src/network/camera';
import { hiddenOf, placesOf } from '../src/network/drawing';
import { savedName, savedTarget, viewNamed } from '../src/views/api/target';
import { axisOf, yearOf, yearsOf } from '../src/views/entity/timeline';
import { codeOf, nameOf } from '../src/views/flow/layer';
import { choosable } from '../src/views/indicators/bearers';

type Statement = Parameters<typeof citationOf>[0];
const statement = (locator: object, quote: string | null = '总投资额超50亿元') =>
  ({
    quote,
    locator: { text: null, section: null, lines: null, start: null, end: null, ...locator },
    source: { title: '文献', authors: ['甲', '乙'], publisher: null, affiliation: '某校', publishedOn: '2024' },
  }) as unknown as Statement;

describe('a statement', () => {
  it('is located by section, lines and characters, else in words', () => {
    expect(locatorOf(statement({ section: '二', lines: [49], start: 3, end: 9 }), 'zh')).toBe(
      '二 · 第 49 行 · 字符 3–9',
    );
    expect(locatorOf(statement({ lines: [4, 4] }), 'en')).toBe('line 4');
    expect(locatorOf(statement({ lines: [4, 6] }), 'en')).toBe('lines 4–6');
    expect(locatorOf(statement({ text: 'footnote' }), 'en')).toBe('footnote');
    expect(locatorOf(statement({}), 'en')).toBe('');
  });
  it('is cited with its words, its source, the revision and an address', () => {
    const visit = { revision: '7', date: '2026-11-30', url: 'http://localhost/?facts=a' };
    const cited = citationOf(statement({ lines: [49] }), visit, 'zh');
    for (const part of ['「总投资额超50亿元」', '甲, 乙, 文献, 某校, 2024, 第 49 行', '版本 7', visit.date, visit.url])
      expect(cited).toContain(part);
    expect(citationOf(statement({}, null), visit, 'en')).toContain('“No quotation”');
  });
});

describe('a timeline', () => {
  it('has partial dates stand for their first day', () => {
    expect(yearOf('2024')).toBe(2024);
    expect(yearOf('2024-07')).toBe(2024.5);
    expect(yearOf('2024-01-02')).toBeCloseTo(2024 + 1 / 365);
  });
  it('reaches over all dates, and over a year at least', () => {
    const span = (from: string | null, to: string | null) => ({ id: 'a', name: 'a', from, to });
    expect(axisOf([span('2019-05', null), span(null, '2022-03')])).toEqual({ first: 2019, last: 2023 });
    expect(yearsOf(axisOf([span('2020', null)]))).toEqual([2020, 2021]);
    expect(yearsOf({ first: 1900, last: 2020 })).toHaveLength(60);
  });
});

describe('the network’s picture', () => {
  const camera = { x: 0.5, y: 0.5, ratio: 2 };
  it('is moved and scaled by keys, by as much as it is near', () => {
    expect(moveOf('ArrowLeft', camera)).toEqual({ x: 0.3 });
    expect(moveOf('ArrowUp', camera)).toEqual({ y: 0.7 });
    expect(moveOf('+', camera)).toEqual(moveOf('=', camera));
    expect(moveOf('-', { ...camera, ratio: 1 })).toEqual({ ratio: 1.3 });
    expect(moveOf('0', camera)).toEqual({ x: 0.5, y: 0.5, ratio: 1 });
    expect(moveOf('a', camera)).toBeUndefined();
  });
  it('has places by turns, and counts what is not drawn', () => {
    const graph = { entities: [{ id: 'a' }, { id: 'b' }] } as unknown as Parameters<typeof placesOf>[0];
    expect([...placesOf(graph, [1, 2, 3, 4])]).toEqual([
      ['a', [1, 2]],
      ['b', [3, 4]],
    ]);
    const counts = [
      { entity: { id: 'a' }, count: 2 },
      { entity: { id: 'a' }, count: 3 },
    ];
    expect([...hiddenOf({ hidden: counts } as unknown as Parameters<typeof hiddenOf>[0])]).toEqual([['a', 5]]);
  });
});

it('a request is that of a view or of a saved question', () => {
  expect(savedName(savedTarget('ledger'))).toBe('ledger');
  expect(savedName('trace')).toBeUndefined();
  expect([viewNamed('trace'), viewNamed('nothing'), viewNamed(undefined)]).toEqual(['trace', 'ledger', 'ledger']);
});

it('a layer has a code for the address and a name for the reader', () => {
  const layer = { resource: 'CAPITAL', unit: 'CNY', status: 'REALISED' } as const;
  expect(codeOf(layer)).toBe('CAPITAL.CNY.REALISED');
  expect(nameOf(layer, 'zh')).toBe('资金 · 元 · 已实现');
});

it('whoever has a rule or a claimed effect can be asked about, each once, and whom the address names', () => {
  const entity = (id: string) => ({ id, name: id, kind: 'FUND' });
  const data = {
    rules: [{ bearer: entity('b') }, { bearer: entity('a') }],
    relations: { nodes: [{ from: entity('b') }] },
  } as unknown as Parameters<typeof choosable>[0];
  expect(choosable(data, 'a').map(({ id }) => id)).toEqual(['a', 'b']);
  expect(choosable(data, 'z').map(({ id }) => id)).toEqual(['a', 'b', 'z']);
  expect(choosable(undefined, undefined)).toEqual([]);
});
