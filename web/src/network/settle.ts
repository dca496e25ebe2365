// Finds places for a network: first for a small picture of it, then for ever larger ones, each beginning where the one
// before it came to rest. The forces are those of ForceAtlas2.
import iterate from 'graphology-layout-forceatlas2/iterate';
import type { LayoutRequest } from './layout';
import { type Level, levels, whole } from './levels';

type Place = readonly [x: number, y: number];

export interface Settled {
  /** In the order of the ids. */
  readonly places: Place[];
  readonly rounds: number;
}

/** How strongly nodes push each other away: what the distances in the picture come from. */
const REPULSION = 10;
/** Each next one by this angle: an even spread, and the same each time. */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
/** In each size: the first rounds are slow, and after so many nobody would see the picture change. */
const ROUNDS = { least: 80, most: 150 };
/** At rest is what moves in a round by less than this part of its picture's radius, on average. */
const REST = 0.0015;
const NODE = { x: 0, y: 1, mass: 6, convergence: 7, size: 8, width: 10 } as const;

/** `late` says when there is no time left. */
export function settle(
  { ids, edges, places }: Pick<LayoutRequest, 'ids' | 'edges' | 'places'>,
  late: () => boolean,
): Settled {
  const network = whole(ids.length, edges);
  const known = ids.map((id) => places.get(id));
  // What is opened grows out of what is there; where most of it is new, the picture is another.
  if (known.filter((place) => place).length * 2 > ids.length) return rest(network, beside(network, known), late);
  let rounds = 0;
  let found: Place[] = [];
  for (const level of levels(network).toReversed()) {
    const settled = rest(level, level.into ? around(level, level.into, found) : spiral(level), late);
    found = settled.places;
    rounds += settled.rounds;
  }
  return { places: found, rounds };
}

/** By golden angles from the middle: a start for what nothing is known of. */
function spiral({ masses }: Level): Place[] {
  let inside = 0;
  return masses.map((mass, at) => {
    inside += mass;
    return at === 0 ? [0, 0] : turned([0, 0], Math.sqrt(REPULSION * mass * inside), at);
  });
}

const turned = ([x, y]: Place, radius: number, at: number): Place => [
  x + radius * Math.cos(at * GOLDEN_ANGLE),
  y + radius * Math.sin(at * GOLDEN_ANGLE),
];

/** Each hub where it stood in small, and what it stood for around it, as far out as the forces hold each other. */
function around({ masses }: Level, into: readonly number[], hubs: readonly Place[]): Place[] {
  const heaviest = new Map<number, number>();
  into.forEach((hub, at) => {
    const best = heaviest.get(hub);
    if (best === undefined || (masses[at] ?? 0) > (masses[best] ?? 0)) heaviest.set(hub, at);
  });
  const inside = new Map([...heaviest].map(([hub, at]) => [hub, masses[at] ?? 0]));
  return into.map((hub, at): Place => {
    const middle = hubs[hub] ?? [0, 0];
    if (heaviest.get(hub) === at) return middle;
    const mass = masses[at] ?? 0;
    const within = inside.get(hub) ?? 0;
    inside.set(hub, within + mass);
    return turned(middle, Math.sqrt(REPULSION * mass * within), at);
  });
}

/** What is new beside a neighbour that has a place. */
function beside({ edges }: Level, known: readonly (Place | undefined)[]): Place[] {
  const neighbour = new Map<number, Place>();
  for (const [a, b] of edges) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const place = known[from];
      if (place && !known[to] && !neighbour.has(to)) neighbour.set(to, place);
    }
  }
  return known.map((place, at) => place ?? turned(neighbour.get(at) ?? [0, 0], 4 * Math.sqrt(at + 1), at));
}

/** Rounds until nothing moves much. */
function rest({ masses, edges }: Level, begin: readonly Place[], late: () => boolean): Settled {
  const nodes = new Float32Array(masses.length * NODE.width);
  masses.forEach((mass, at) => {
    const row = at * NODE.width;
    const [x, y] = begin[at] ?? [0, 0];
    nodes.set([x, y], row);
    nodes[row + NODE.mass] = mass;
    nodes[row + NODE.convergence] = 1;
    nodes[row + NODE.size] = 1;
  });
  const table = new Float32Array(
    edges.flatMap(([source, target, weight]) => [source * NODE.width, target * NODE.width, weight]),
  );
  const options = settings(masses.length);
  let rounds = 0;
  let moving = masses.length > 1;
  while (moving && rounds < ROUNDS.most && !late()) {
    const before = nodes.slice();
    iterate(options, nodes, table);
    rounds += 1;
    moving = rounds < ROUNDS.least || moved(before, nodes) >= REST;
  }
  return { places: masses.map((_, at) => [nodes[at * NODE.width] ?? 0, nodes[at * NODE.width + 1] ?? 0]), rounds };
}

/** How far nodes moved on average, as a part of how far from the middle they are. */
function moved(before: Float32Array, after: Float32Array): number {
  let [way, radius] = [0, 0];
  for (let row = 0; row < after.length; row += NODE.width) {
    const [x, y] = [after[row] ?? 0, after[row + 1] ?? 0];
    way += Math.hypot(x - (before[row] ?? 0), y - (before[row + 1] ?? 0));
    radius += Math.hypot(x, y);
  }
  return radius > 0 ? way / radius : 0;
}

/** As the library infers them, but for what follows from beginning near the end: each step as long as it may be. */
function settings(count: number): Record<string, number | boolean> {
  return {
    linLogMode: false,
    outboundAttractionDistribution: false,
    adjustSizes: false,
    edgeWeightInfluence: 1,
    scalingRatio: REPULSION,
    strongGravityMode: true,
    // Parts that nothing joins drift apart; in a small network they are to be seen together.
    gravity: count > 300 ? 0.05 : 0.5,
    slowDown: 1,
    // What is far away pushes as a group: a round of 2,000 takes 3 ms instead of 19, and of 10 with the usual 0.5.
    barnesHutOptimize: count > 300,
    barnesHutTheta: 1.2,
  };
}
