// What a staged diagram shows, before it has a place on the screen.
import type { Resource } from '../graphql/generated';
import { groupBy } from '../lib/group';

/** How much is known of a link's amount. `counted` links stand for several relations and carry no single amount. */
export type Certainty = 'whole' | 'part' | 'none' | 'counted';

export interface Node {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly stage: number;
  /** The entity to open; none for a group. */
  readonly entity: string | undefined;
  /** Why nothing leads on from here; empty where something does. */
  readonly ends: readonly string[];
}

export interface Link {
  readonly key: string;
  readonly source: string;
  readonly target: string;
  /** Its width, in the diagram's own measure. */
  readonly value: number;
  readonly known: Certainty;
  readonly amount: string;
  readonly name: string;
  readonly resource: Resource | null;
  /** It lies in a circulation: drawn apart, for the rest has no loop. */
  readonly circulating: boolean;
  readonly facts: readonly string[];
}

export interface Diagram {
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  /** Whether nodes were folded by kind because there are too many to read. */
  readonly folded: boolean;
}

/** An arc that may go anywhere: what stages are found from. */
export interface Arc {
  readonly key: string;
  readonly source: string;
  readonly target: string;
}

/** The arcs that close a loop, found depth first from the given starts, then from the rest; the others have no loop. */
export function findClosingArcs(starts: readonly string[], arcs: readonly Arc[]): Set<string> {
  const out = groupBy(arcs, (arc) => arc.source);
  const state = new Map<string, 'open' | 'done'>();
  const found = new Set<string>();
  for (const start of [...starts, ...out.keys()]) {
    if (state.has(start)) continue;
    // A stack of one's own: a path may be longer than the calls that a browser allows.
    const stack = [{ id: start, at: 0 }];
    state.set(start, 'open');
    while (stack.length) {
      const top = stack[stack.length - 1]!;
      const arc = out.get(top.id)?.[top.at++];
      if (!arc) {
        state.set(top.id, 'done');
        stack.pop();
      } else if (state.get(arc.target) === 'open') found.add(arc.key);
      else if (!state.has(arc.target)) {
        state.set(arc.target, 'open');
        stack.push({ id: arc.target, at: 0 });
      }
    }
  }
  return found;
}

/** How many steps each node lies behind where things begin: the longest way there. The arcs have no loop. */
export function findStages(ids: Iterable<string>, arcs: readonly Arc[]): Map<string, number> {
  const into = groupBy(arcs, (arc) => arc.target);
  const out = groupBy(arcs, (arc) => arc.source);
  const waiting = new Map<string, number>();
  const stage = new Map<string, number>();
  for (const id of ids) {
    waiting.set(id, into.get(id)?.length ?? 0);
    stage.set(id, 0);
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    for (const { target } of out.get(id) ?? []) {
      stage.set(target, Math.max(stage.get(target) ?? 0, (stage.get(id) ?? 0) + 1));
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return stage;
}

/** More than this cannot be read, whatever its order. */
const NODES_MAX = 70;

/** Folds nodes of a stage by kind where there are too many. */
export function foldByKind(diagram: Diagram, groupName: (kind: string, count: number) => string): Diagram {
  if (diagram.nodes.length <= NODES_MAX) return diagram;
  const groupOf = new Map(diagram.nodes.map((node) => [node.id, `${node.stage}:${node.kind}:${node.ends.length > 0}`]));
  const groups = groupBy(diagram.nodes, (node) => groupOf.get(node.id)!);
  const nodes = [...groups].map(([id, members]): Node => {
    const [first] = members;
    const ends = [...new Set(members.flatMap((member) => member.ends))];
    return {
      id,
      label: groupName(first!.kind, members.length),
      kind: first!.kind,
      stage: first!.stage,
      entity: undefined,
      ends,
    };
  });
  const bundles = groupBy(
    diagram.links.filter((link) => groupOf.get(link.source) !== groupOf.get(link.target)),
    (link) => [groupOf.get(link.source), groupOf.get(link.target), link.resource, link.circulating].join('|'),
  );
  const links = [...bundles].map(([key, members]): Link => {
    const [first] = members;
    if (members.length === 1)
      return { ...first!, source: groupOf.get(first!.source)!, target: groupOf.get(first!.target)! };
    return {
      ...first!,
      key,
      source: groupOf.get(first!.source)!,
      target: groupOf.get(first!.target)!,
      // Bands of thousands of relations would hide the rest.
      value: 1 + Math.log2(members.length),
      known: 'counted',
      amount: `× ${members.length}`,
      facts: members.flatMap((member) => member.facts).slice(0, 60),
    };
  });
  return { nodes, links, folded: true };
}
