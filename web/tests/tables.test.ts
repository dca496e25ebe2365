import { describe, expect, it } from 'vitest';
import { amountsOf, type Entity, entityTable, propertiesOf, sourcesOf } from '../src/views/entity/entity';
import { factsAt, factsOf, type Flow, flowTable, scaleOf } from '../src/views/flow/table';
import { indicatorTable, rounded } from '../src/views/indicators/table';
import { networkTable } from '../src/views/network/table';
import { isForward, keyOf, type Path, traceTable } from '../src/views/trace/table';

const named = (id: string) => ({ id, name: id.toUpperCase(), kind: 'FUND' });
const quantity = { lower: '1', upper: '2', unit: 'CNY', basis: 'PAID_IN' };
const relation = (id: string, from: string, to: string, more: object = {}) => ({
  id,
  kind: 'INVESTS_IN',
  from: named(from),
  to: named(to),
  resource: 'CAPITAL',
  quantity,
  statements: [{ quote: `quote of ${id}`, assertion: 'STATED', reliability: 'AUDITED' }],
  ...more,
});
const widths = (table: readonly (readonly unknown[])[]) => [...new Set(table.map((line) => line.length))];

describe('a trace', () => {
  const path = {
    resources: ['CAPITAL'],
    weakest: 'IMPLIED',
    entities: [named('a'), named('b'), named('c')],
    relations: [relation('r1', 'a', 'b'), relation('r2', 'c', 'b')],
    placements: [relation('p1', 'a', 'region', { kind: 'LOCATED_IN' })],
  } as unknown as Path;

  it('says which steps are walked against how they are written, and tells paths apart', () => {
    expect([isForward(path, 0), isForward(path, 1)]).toEqual([true, false]);
    expect(keyOf(path)).toBe('r1 r2 a b c');
  });
  it('is a table of steps, placements and what arrives at dead ends, all equally wide', () => {
    const deadEnds = {
      nodes: [
        { entity: named('d'), reached: true, reasons: ['NO_OUTGOING'], arriving: [relation('r3', 'a', 'd')] },
        { entity: named('e'), reached: false, reasons: ['FILTERED', 'NOT_VALID'], arriving: [] },
      ],
    };
    const table = traceTable({ paths: { nodes: [path] }, deadEnds } as unknown as Parameters<typeof traceTable>[0]);
    expect(widths(table)).toEqual([13]);
    expect(table.slice(1).map((line) => [line[0], line[2], line[3], line[5], line[10], line[11]])).toEqual([
      ['path', 1, 'a', 'b', 'IMPLIED', 'r1'],
      ['path', 2, 'b', 'c', 'IMPLIED', 'r2'],
      ['placed by', '', 'a', 'region', 'STATED', 'p1'],
      ['dead end', '', 'a', 'd', 'NO_OUTGOING', 'r3'],
      ['source', '', undefined, 'e', 'FILTERED|NOT_VALID', undefined],
    ]);
  });
});

describe('a flow', () => {
  const amount = (max: string | null) => ({ min: '1', proportional: null, max, unit: 'CNY', bounds: 'EXACT' });
  const flow = {
    total: amount('5'),
    absorbed: amount(null),
    bySource: [{ entity: named('a'), amount: amount('30') }],
    byTarget: [{ entity: named('b'), amount: amount('4') }],
    byIndustry: [{ industry: null, amount: amount('4') }],
    otherOrigins: [{ entity: named('c'), amount: amount('4'), origin: 'UNEXPLAINED' }],
    sankey: { links: [{ relations: [relation('r1', 'a', 'b'), relation('r2', 'b', 'c')] }] },
    missing: [
      {
        relation: { id: 'r9' },
        entity: null,
        question: 'How much?',
        narrows: '3',
        reason: 'NO_AMOUNT',
        ask: [named('a'), named('b')],
      },
    ],
  } as unknown as Flow;

  it('has one scale: its greatest amount', () => expect(scaleOf(flow)).toBe(30));
  it('knows what an entity’s amounts rest on, and all that it rests on', () => {
    expect(factsAt(flow, 'b')).toEqual(['r1', 'r2']);
    expect(factsAt(flow, 'x')).toEqual(['x']);
    expect(factsOf(flow)).toEqual(['r1', 'r2', 'r9']);
  });
  it('is a table of its amounts and of what to ask', () => {
    const table = flowTable(flow);
    expect(widths(table)).toEqual([9]);
    expect(table.map((line) => line[0])).toEqual([
      'what',
      'total',
      'absorbed',
      'source',
      'target',
      'industry',
      'other origin',
      'missing',
    ]);
    expect(table.at(-1)).toEqual(['missing', 'r9', 'How much?', '', '', '3', '', '', 'NO_AMOUNT; ask a, b']);
  });
});

describe('an entity', () => {
  const entity = {
    ...named('fund:a'),
    fundType: 'ANGEL',
    fields: ['光子', '芯片'],
    tags: [],
    validFrom: '2020',
    validTo: null,
    formerIds: ['fund:old'],
    committed: quantity,
    paidIn: null,
    size: null,
    statements: [{ source: { id: 's', title: 'S' } }, { source: { id: 's', title: 'S' } }],
    observations: { nodes: [{ id: 'o', indicator: 'staff', quantity, statements: [] }] },
  } as unknown as Entity;

  it('has its own properties in words, without those that are empty', () => {
    expect(propertiesOf(entity, 'en')).toEqual([
      ['Fund type', 'Angel fund'],
      ['Fields', '光子、芯片'],
      ['Valid', '2020 – …'],
      ['Former ids', 'fund:old'],
    ]);
    expect(amountsOf(entity)).toEqual([['committed', quantity]]);
    expect([...sourcesOf(entity)]).toEqual([['s', 'S']]);
  });
  it('is a table of its relations and observations', () => {
    const table = entityTable(entity, [relation('r1', 'fund:a', 'b')] as unknown as Parameters<typeof entityTable>[1]);
    expect(table[1]).toEqual([
      'r1',
      'INVESTS_IN',
      'fund:a',
      'b',
      'CAPITAL',
      '1',
      '2',
      'CNY',
      'PAID_IN',
      'quote of r1',
      'STATED',
      'AUDITED',
    ]);
    expect(table[2]?.slice(0, 9)).toEqual(['o', 'staff', 'fund:a', '', '', '1', '2', 'CNY', 'PAID_IN']);
  });
});

it('a network is a table of its relations, with the names of what is drawn', () => {
  const graph = { entities: [named('a')], relations: [relation('r1', 'a', 'b')] };
  const table = networkTable(graph as unknown as Parameters<typeof networkTable>[0]);
  expect(table[1]).toEqual(['r1', 'INVESTS_IN', 'a', 'A', 'b', undefined, 'CAPITAL']);
});

it('indicators are a table, with what each lacks', () => {
  const indicator = {
    code: 'KRUGMAN',
    regions: [named('x'), named('y')],
    industry: null,
    value: null,
    inRecord: 0.5,
    factCount: 3,
    excluded: 1,
    missing: [{ reason: 'NO_SHARE', detail: 'of one' }],
  };
  const table = indicatorTable([indicator] as unknown as Parameters<typeof indicatorTable>[0]);
  expect(table[1]).toEqual(['KRUGMAN', 'x|y', undefined, null, 0.5, 3, 1, 'NO_SHARE: of one']);
  expect([rounded(0.12345), rounded(2)]).toEqual(['0.123', '2']);
});
