// A network in small: each hub with what hangs on it becomes one node, again and again, until few are left. Forces
// between what stands for many are the sums of theirs, so that the places found in small are nearly right at full size.

/** Between two nodes, and how many relations it stands for. */
export type Edge = readonly [source: number, target: number, weight: number];

export interface Level {
  /** By how much each node pushes others away. */
  readonly masses: readonly number[];
  readonly edges: readonly Edge[];
  /** For each node, which one stands for it in the next level; none in the last. */
  readonly into?: readonly number[];
}

/** So few are laid out well from anywhere. */
const FEW = 40;
/** A level that has nearly as many nodes as the one before it is not worth its rounds. */
const WORTH = 0.8;

/** The network itself, then ever smaller ones. */
export function levels(whole: Level): Level[] {
  const found: Level[] = [];
  let level = whole;
  while (level.masses.length > FEW) {
    const into = chooseHubs(level);
    const next = mergeNodes(level, into);
    if (next.masses.length > level.masses.length * WORTH) break;
    found.push({ ...level, into });
    level = next;
  }
  return [...found, level];
}

/** The network at full size. A node's mass grows with its degree, as ForceAtlas2 has it. */
export function whole(count: number, pairs: readonly (readonly [number, number])[]): Level {
  const masses = new Array<number>(count).fill(1);
  for (const ends of pairs) for (const end of ends) masses[end] = (masses[end] ?? 0) + 1;
  return { masses, edges: pairs.map(([source, target]) => [source, target, 1]) };
}

/**
 * For each node, which one stands for it: what hangs on one other alone goes with that; where little does, hubs take
 * their neighbors.
 */
function chooseHubs({ masses, edges }: Level): number[] {
  const neighbours = masses.map(() => new Set<number>());
  for (const [a, b] of edges) {
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  const hangs = (at: number): boolean => neighbours[at]?.size === 1;
  const hanging = masses.filter((_, at) => hangs(at)).length;
  const few = hanging < masses.length * (1 - WORTH);
  // Heaviest first; a pair that hangs on nothing else has one that comes first as well.
  const order = masses.map((_, at) => at).sort((a, b) => (masses[b] ?? 0) - (masses[a] ?? 0) || a - b);
  const into = new Array<number>(masses.length).fill(-1);
  let next = 0;
  for (const hub of order) {
    if (into[hub] !== -1) continue;
    for (const at of [hub, ...(neighbours[hub] ?? [])])
      if (into[at] === -1 && (few || at === hub || hangs(at))) into[at] = next;
    next += 1;
  }
  return into;
}

function mergeNodes(level: Level, into: readonly number[]): Level {
  const masses: number[] = [];
  level.masses.forEach((mass, at) => {
    const hub = into[at] ?? 0;
    masses[hub] = (masses[hub] ?? 0) + mass;
  });
  const edges = new Map<string, Edge>();
  for (const [a, b, weight] of level.edges) {
    const [from, to] = [into[a] ?? 0, into[b] ?? 0];
    if (from === to) continue;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    edges.set(key, [from, to, weight + (edges.get(key)?.[2] ?? 0)]);
  }
  return { masses, edges: [...edges.values()] };
}
