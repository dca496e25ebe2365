import { describe, expect, it } from 'vitest';
import { factsOf, type Figure, membersOf, partsOf, type Row } from '../src/views/ledger/row';
import { ledgerTable } from '../src/views/ledger/table';

const sum = (lower: string) => ({ lower, upper: lower, unit: 'CNY', basis: 'PAID_IN', status: 'REALISED' });
const figure = (more: object = {}) =>
  ({
    status: 'REALISED',
    total: sum('7'),
    bothStated: null,
    originNotStated: null,
    destinationNotStated: null,
    neitherStated: null,
    totals: [],
    relations: { nodes: [] },
    ...more,
  }) as unknown as Figure;
const row = (more: object = {}) =>
  ({
    program: { id: 'program:a', name: 'A', kind: 'PROGRAM' },
    resources: ['CAPITAL', 'TALENT'],
    relationCount: 2,
    relations: { nodes: [] },
    figures: [],
    elsewhere: { amounts: [] },
    originStated: true,
    destinationStated: false,
    directionStated: true,
    industryStated: false,
    undated: 1,
    reason: null,
    ...more,
  }) as unknown as Row;

describe('a figure of the ledger', () => {
  it('rests on its relations and on the totals that count; else on the program', () => {
    const stated = figure({
      totals: [
        { counts: true, observationId: 'observation:1', entity: { id: 'fund:a' } },
        { counts: true, observationId: null, entity: { id: 'fund:b' } },
        { counts: false, observationId: 'observation:2', entity: { id: 'fund:c' } },
      ],
      relations: { nodes: [{ id: 'rel:1' }] },
    });
    expect(factsOf(row(), stated)).toEqual(['observation:1', 'fund:b', 'rel:1']);
    expect(factsOf(row(), figure())).toEqual(['program:a']);
    expect(factsOf(row({ program: null }), figure())).toEqual(['none']);
  });
  it('has parts only where not all of it is known to go from one side to the other', () => {
    expect(partsOf(figure({ bothStated: sum('7') }))).toEqual([]);
    expect(partsOf(figure({ bothStated: sum('5'), neitherStated: sum('2') }))).toEqual(['bothStated', 'neitherStated']);
    expect(partsOf(figure({ originNotStated: sum('7') }))).toEqual(['originNotStated']);
  });
});

it('the members of a row are at either end of its relations, each once', () => {
  const [a, b] = [
    { id: 'fund:a', kind: 'FUND' },
    { id: 'company:b', kind: 'COMPANY' },
  ];
  const relations = {
    nodes: [
      { from: a, to: b },
      { from: b, to: a },
    ],
  };
  expect(membersOf(row({ relations }), 'FUND')).toEqual(['fund:a']);
  expect(membersOf(row({ relations }), 'PARK')).toEqual([]);
});

describe('the ledger as a table', () => {
  const rows = [
    row({ figures: [figure({ originNotStated: sum('2') })], elsewhere: { amounts: [sum('9')] } }),
    row({ program: null }),
  ];
  const leftOut = [{ program: { id: 'program:z', name: 'Z' }, reason: 'NOTHING_CARRIED' }];
  const ledger = { rows, leftOut } as unknown as Parameters<typeof ledgerTable>[0];
  const table = ledgerTable(ledger, ({ program }) => program?.name ?? 'no program');

  it('has a line for each sum, one for a row without any, and the programs left out', () => {
    expect(table.slice(1).map((line) => [line[0], line[1], line[5], line[6]])).toEqual([
      ['program:a', 'A', 'total', '7'],
      ['program:a', 'A', 'originNotStated', '2'],
      ['program:a', 'A', 'elsewhere', '9'],
      ['none', 'no program', '', ''],
      ['program:z', 'Z', '', ''],
    ]);
  });
  it('is as wide in every line as in its head', () => {
    expect(new Set(table.map((line) => line.length))).toEqual(new Set([16]));
    expect(table[0]?.slice(-7)).toEqual([
      'relations',
      'originStated',
      'destinationStated',
      'directionStated',
      'industryStated',
      'undated',
      'reason',
    ]);
    expect(table[1]?.slice(-7)).toEqual([2, 'true', 'false', 'true', 'false', 1, '']);
    expect(table.at(-1)?.at(-1)).toBe('NOTHING_CARRIED');
  });
});
