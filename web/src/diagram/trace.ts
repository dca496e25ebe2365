// A trace as a staged diagram: every relation on a path or on the way to a dead end is one band.
import type { AmountFragment, EdgeFragment, NamedFragment, Resource, TraceQuery } from '../graphql/generated';
import type { Reading } from '../lib/amounts';
import { groupBy } from '../lib/group';
import { findClosingArcs, type Diagram, type Link, type Node, findStages } from './model';

type Trace = TraceQuery['trace'];

export interface Wording {
  readonly amount: (amount: AmountFragment | null) => Reading;
  readonly kind: (kind: string) => string;
  readonly reason: (reason: string) => string;
}

interface Step {
  readonly relation: EdgeFragment;
  readonly source: string;
  readonly target: string;
  /** What is carried: a carrier has no resource of its own, it passes on that of its path. */
  readonly resource: Resource | null;
}

export function traceDiagram(trace: Trace, saying: Wording): Diagram {
  const entities = new Map<string, NamedFragment>();
  for (const entity of trace.graph.entities) entities.set(entity.id, entity);
  const steps = stepsOf(trace, entities);
  const arcs = steps.map(({ relation, source, target }) => ({ key: `${relation.id}|${source}`, source, target }));
  const starts = trace.paths.nodes.flatMap((path) => path.entities.slice(0, 1)).map((entity) => entity.id);
  const loops = findClosingArcs(starts, arcs);
  const straight = arcs.filter((arc) => !loops.has(arc.key));
  const stage = findStages(entities.keys(), straight);
  pullUp(stage, straight);
  const ends = new Map(trace.deadEnds.nodes.map((end) => [end.entity.id, end.reasons.map(saying.reason)]));
  const nodes = [...entities.values()].map((entity): Node => ({
    id: entity.id,
    label: entity.name,
    kind: entity.kind,
    entity: entity.id,
    stage: stage.get(entity.id) ?? 0,
    ends: ends.get(entity.id) ?? [],
  }));
  const links = steps.map(({ relation, source, target, resource }, at): Link => {
    const reading = saying.amount(relation.quantity);
    return {
      key: arcs[at]!.key,
      source,
      target,
      value: 1,
      known: reading.known,
      amount: reading.text,
      name: saying.kind(relation.kind),
      resource,
      circulating: loops.has(arcs[at]!.key),
      facts: [relation.id],
    };
  });
  return { nodes, links, folded: false };
}

/** Each relation once for each way in which it is walked. */
function stepsOf(trace: Trace, entities: Map<string, NamedFragment>): Step[] {
  const steps = new Map<string, Step>();
  const walked = new Set<string>();
  const add = (
    relation: EdgeFragment,
    source: NamedFragment,
    target: NamedFragment,
    resource = relation.resource,
  ): void => {
    entities.set(source.id, source);
    entities.set(target.id, target);
    walked.add(relation.id);
    steps.set(`${relation.id}|${source.id}`, { relation, source: source.id, target: target.id, resource });
  };
  for (const path of trace.paths.nodes) {
    path.relations.forEach((relation, at) => {
      const [source, target] = [path.entities[at], path.entities[at + 1]];
      const [only, ...others] = path.resources;
      const passed = others.length ? null : (only ?? null);
      if (source && target) add(relation, source, target, relation.resource ?? passed);
    });
  }
  // Of paths on later pages only the union is known: by the relation's own direction.
  for (const relation of trace.graph.relations) {
    if (walked.has(relation.id)) continue;
    if (relation.flow === 'BACKWARD') add(relation, relation.to, relation.from);
    else add(relation, relation.from, relation.to);
  }
  for (const end of trace.deadEnds.nodes) {
    entities.set(end.entity.id, end.entity);
    for (const relation of end.arriving) {
      add(relation, relation.from.id === end.entity.id ? relation.to : relation.from, end.entity);
    }
  }
  return [...steps.values()];
}

/** What only leads to a later stage stands right before it, not at the very beginning. */
function pullUp(stage: Map<string, number>, arcs: readonly { source: string; target: string }[]): void {
  const into = new Set(arcs.map((arc) => arc.target));
  const out = groupBy(arcs, (arc) => arc.source);
  for (const [id, targets] of out) {
    if (into.has(id)) continue;
    stage.set(id, Math.max(0, Math.min(...targets.map((arc) => stage.get(arc.target) ?? 1)) - 1));
  }
}
