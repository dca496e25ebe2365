import { describe, expect, it } from 'vitest';
import { placeDiagram } from '../src/diagram/layout';
import { placeNames, shorten } from '../src/diagram/names';
import { findClosingArcs, type Diagram, foldByKind, findStages } from '../src/diagram/model';
import { flowDiagram } from '../src/diagram/flow';

const arc = (source: string, target: string) => ({ key: `${source}${target}`, source, target });

describe('stages', () => {
  it('are the longest way from where things begin', () => {
    const arcs = [arc('a', 'b'), arc('b', 'c'), arc('a', 'c'), arc('c', 'd')];
    expect(Object.fromEntries(findStages('abcd', arcs))).toEqual({ a: 0, b: 1, c: 2, d: 3 });
  });
  it('leave out the arcs that close a loop, and only those', () => {
    const arcs = [arc('a', 'b'), arc('b', 'c'), arc('c', 'b'), arc('c', 'd'), arc('d', 'd')];
    expect([...findClosingArcs(['a'], arcs)].sort()).toEqual(['cb', 'dd']);
  });
  it('take a path longer than the stack of calls', () => {
    const arcs = Array.from({ length: 50_000 }, (_, at) => arc(`n${at}`, `n${at + 1}`));
    expect(findClosingArcs(['n0'], arcs).size).toBe(0);
  });
});

const node = (id: string, stage: number, ends: string[] = []) => ({
  id,
  label: id,
  kind: 'FUND',
  stage,
  entity: id,
  ends,
});
const link = (source: string, target: string, more = {}) => ({
  key: `${source}|${target}`,
  source,
  target,
  value: 1,
  known: 'whole' as const,
  amount: '1',
  name: '',
  resource: null,
  circulating: false,
  facts: [`${source}${target}`],
  ...more,
});

describe('a layout', () => {
  it('gives each node of a later stage a later place, and each band its width', () => {
    const diagram: Diagram = {
      nodes: [node('a', 0), node('b', 1), node('c', 2)],
      links: [link('a', 'b'), link('b', 'c')],
      folded: false,
    };
    const { nodes, links, stages: columns } = placeDiagram(diagram, 800, { band: true });
    const x = new Map(nodes.map(({ id, x }) => [id, x]));
    expect(x.get('a')! < x.get('b')! && x.get('b')! < x.get('c')!).toBe(true);
    expect(columns).toHaveLength(3);
    expect(links.every(({ width }) => width > 0)).toBe(true);
  });
  it('draws circulating bands apart, below the rest', () => {
    const diagram: Diagram = {
      nodes: [node('a', 0), node('b', 1)],
      links: [link('a', 'b'), link('b', 'a', { circulating: true })],
      folded: false,
    };
    const { links } = placeDiagram(diagram, 800, { band: true });
    const [straight, round] = links;
    expect(round!.nameAt[0]![1]).toBeGreaterThan(straight!.nameAt[0]![1]);
  });
  it('has a place for what nothing joins', () => {
    const { nodes } = placeDiagram(
      { nodes: [node('a', 0, ['nothing']), node('b', 0)], links: [], folded: false },
      800,
      {
        band: true,
      },
    );
    expect(nodes.every(({ x, y, height }) => Number.isFinite(x + y) && height > 0)).toBe(true);
  });
  it('folds what cannot be read, and loses no fact', () => {
    const many = Array.from({ length: 100 }, (_, at) => node(`n${at}`, 1));
    const diagram: Diagram = {
      nodes: [node('a', 0), ...many],
      links: many.map(({ id }) => link('a', id)),
      folded: false,
    };
    const folded = foldByKind(diagram, (kind, count) => `${kind} × ${count}`);
    expect(folded.folded).toBe(true);
    expect(folded.nodes.map(({ label }) => label).sort()).toEqual(['FUND × 1', 'FUND × 100']);
    expect(folded.links).toHaveLength(1);
    expect(folded.links[0]).toMatchObject({ known: 'counted', amount: '× 100' });
  });
});

describe('names', () => {
  const crowded = (count: number): Diagram => {
    const many = Array.from({ length: count }, (_, at) =>
      node(`node ${at}`, 1, at % 2 ? [] : ['nothing leads out of it']),
    );
    return {
      nodes: [node('a', 0), ...many],
      links: many.map(({ id }) => link('a', id, { name: `a name of some length ${id}` })),
      folded: false,
    };
  };
  it('are all written where there is room', () => {
    const placed = placeDiagram(crowded(4), 900, { band: true });
    const written = placeNames(
      placed,
      ({ name }) => name,
      ({ ends }) => ends.join(', '),
    );
    expect([written.nodes.length, written.ends.length, written.links.length]).toEqual([5, 2, 4]);
  });
  it.each([{ band: true } as const, { tall: 200 }])(
    'never cover each other, and those of nodes are all there: %o',
    (measure) => {
      const placed = placeDiagram(crowded(30), 560, measure);
      const { nodes, links, ends } = placeNames(
        placed,
        ({ name }) => name,
        ({ ends }) => ends.join(', '),
      );
      expect(nodes).toHaveLength(31);
      const boxes = [
        ...nodes.map(({ x, y, text }) => [x, y - 10, x + text.length * 6.5, y + 3] as const),
        ...ends.map(({ x, y, text }) => [x, y - 10, x + text.length * 5.2, y + 3] as const),
        ...links.map(({ x, y, text }) => [x - text.length * 2.6, y - 10, x + text.length * 2.6, y + 3] as const),
      ];
      boxes.forEach((a, at) =>
        boxes
          .slice(at + 1)
          .forEach((b) => expect(a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]).toBe(false)),
      );
    },
  );
  it('are cut by how wide they are', () => {
    expect(shorten('上海交通大学', 40)).toBe('上海…');
    expect(shorten('Shanghai', 60)).toBe('Shanghai');
  });
});

describe('a flow', () => {
  it('draws what is not known as such, and nothing where nothing flows', () => {
    const named = (id: string) => ({ id, group: null, label: id, entity: { id, kind: 'FUND' as const, name: id } });
    const flow = {
      nodes: ['a', 'b', 'c', 'd'].map(named),
      links: [
        { source: 'a', target: 'b', amount: '100', circulating: false, relations: [] },
        { source: 'b', target: 'c', amount: null, circulating: false, relations: [] },
        { source: 'b', target: 'd', amount: '0', circulating: false, relations: [] },
      ],
    };
    const { nodes, links } = flowDiagram(flow, 'CNY', (value) => value, 'unknown');
    expect(links.map(({ known, amount }) => [known, amount])).toEqual([
      ['whole', '100'],
      ['none', 'unknown'],
    ]);
    expect(nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
