// A flow as a diagram: a band is as wide as what comes from the sources along it.
import type { FlowQuery } from '../graphql/generated';
import { findClosingArcs, type Diagram, type Link, type Node, findStages } from './model';

type Sankey = FlowQuery['flow']['sankey'];

/** The width of a band whose amount is not known, as a part of the widest one. It means nothing, so it is hatched. */
const UNKNOWN_PART = 0.12;

export function flowDiagram(
  sankey: Sankey,
  unit: string,
  number: (value: string, unit: string) => string,
  unknown: string,
): Diagram {
  const known = sankey.links.map((link) => Number(link.amount ?? 0));
  const widest = Math.max(0, ...known) || 1;
  const arcs = sankey.links.map((link) => ({
    key: `${link.source}|${link.target}`,
    source: link.source,
    target: link.target,
  }));
  const straight = arcs.filter((_, at) => !sankey.links[at]!.circulating);
  // The rest has no loop, says the API; a diagram that hangs where one is would be worse than one that is checked.
  const loops = findClosingArcs([], straight);
  const stage = findStages(
    sankey.nodes.map((node) => node.id),
    straight.filter((arc) => !loops.has(arc.key)),
  );
  const nodes = sankey.nodes.map((node): Node => ({
    id: node.id,
    label: node.label,
    kind: node.entity?.kind ?? node.group ?? '',
    entity: node.entity?.id,
    stage: stage.get(node.id) ?? 0,
    ends: [],
  }));
  const links = sankey.links
    .filter((link) => link.amount === null || Number(link.amount) > 0)
    .map((link): Link => {
      const key = `${link.source}|${link.target}`;
      const relation = link.relations[0];
      return {
        key,
        source: link.source,
        target: link.target,
        value: link.amount === null ? widest * UNKNOWN_PART : Math.max(Number(link.amount), widest / 200),
        known: link.amount === null ? 'none' : 'whole',
        amount: link.amount === null ? unknown : number(link.amount, unit),
        name: '',
        resource: relation?.resource ?? null,
        circulating: link.circulating || loops.has(key),
        facts: link.relations.map((each) => each.id),
      };
    });
  const used = new Set(links.flatMap((link) => [link.source, link.target]));
  return { nodes: nodes.filter((node) => used.has(node.id)), links, folded: false };
}
