import { describe, expect, it } from 'vitest';
import { levels, whole } from '../src/network/levels';
import { settle } from '../src/network/settle';

const COUNT = 2000;
const HUBS = 40;
const ids = Array.from({ length: COUNT }, (_, at) => `n${at}`);
/** Forty hubs in a ring, each with what hangs on it. */
const edges = ids.map((_, at): [number, number] => (at < HUBS ? [at, (at + 1) % HUBS] : [at % HUBS, at]));
const never = () => false;

describe('a network in small', () => {
  it('keeps all that pushes, and what joins one part with another', () => {
    const [full, ...small] = levels(whole(COUNT, edges));
    const sum = (masses: readonly number[]) => masses.reduce((total, mass) => total + mass, 0);
    expect(small.length).toBeGreaterThan(0);
    for (const level of small) expect(sum(level.masses)).toBe(sum(full!.masses));
    const joined = small.at(-1)!.edges.reduce((total, [, , weight]) => total + weight, 0);
    expect(joined).toBeGreaterThan(0);
    expect(joined).toBeLessThanOrEqual(HUBS);
  });
  it('is the network itself where little can be put together', () => {
    expect(levels(whole(500, []))).toHaveLength(1);
  });
});

describe('places', () => {
  const far = ([x, y]: readonly [number, number], [u, v]: readonly [number, number]) => Math.hypot(x - u, y - v);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('of 2,000 are found in few rounds, and show what belongs together', { timeout: 60_000 }, () => {
    const { places, rounds } = settle({ ids, edges, places: new Map() }, never);
    expect(rounds).toBeLessThan(900);
    expect(places.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
    expect(new Set(places.map(([x, y]) => `${x} ${y}`)).size).toBe(COUNT);
    const hanging = edges.slice(HUBS).map(([hub, at]) => far(places[hub]!, places[at]!));
    const strangers = edges.slice(HUBS).map(([hub, at]) => far(places[(hub + HUBS / 2) % HUBS]!, places[at]!));
    expect(mean(hanging)).toBeLessThan(mean(strangers) / 5);
  });
  it('are the same each time', () => {
    const few = { ids: ids.slice(0, 200), edges: edges.filter(([a, b]) => a < 200 && b < 200), places: new Map() };
    expect(settle(few, never)).toEqual(settle(few, never));
  });
  it('that were known are kept about where they were, and what is new stands by its neighbour', () => {
    const few = ids.slice(0, 30);
    const line = few.slice(1).map((_, at): [number, number] => [at, at + 1]);
    const before = settle({ ids: few, edges: line, places: new Map() }, never).places;
    const places = new Map(few.map((id, at) => [id, before[at]!] as const));
    const after = settle({ ids: [...few, 'new'], edges: [...line, [3, 30]], places }, never).places;
    const size = Math.max(...before.map((place) => far(place, [0, 0])));
    expect(mean(before.map((place, at) => far(place, after[at]!)))).toBeLessThan(size / 4);
    expect(far(after[3]!, after[30]!)).toBeLessThan(size / 2);
  });
  it('are given even where there is no time, and for one alone', () => {
    expect(settle({ ids, edges, places: new Map() }, () => true).rounds).toBe(0);
    expect(settle({ ids: ['one'], edges: [], places: new Map() }, never).places).toEqual([[0, 0]]);
    expect(settle({ ids: [], edges: [], places: new Map() }, never).places).toEqual([]);
  });
});
