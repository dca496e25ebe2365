// A flow as rows to take along, and what its parts rest on.
import type { BoundsFragment, FlowQuery, NamedFragment } from '../../graphql/generated';
import { approximate } from '../../lib/amounts';
import type { Rows } from '../../lib/download';

export type Flow = FlowQuery['flow'];

/** One scale for all the bars of an answer, so that they can be held against each other. */
export function scaleOf(
  flow: Pick<Flow, 'total' | 'absorbed' | 'bySource' | 'byTarget' | 'byIndustry' | 'otherOrigins'>,
) {
  const rows = [flow.bySource, flow.byTarget, flow.byIndustry, flow.otherOrigins].flat();
  const amounts = [flow.total, flow.absorbed, ...rows.map((row) => row.amount)];
  const ends = amounts.flatMap(({ min, proportional, max }) => [min, proportional, max]);
  return Math.max(0, ...ends.map((value) => approximate(value) ?? 0));
}

/** The facts that an entity's amounts rest on: what the diagram draws at it, else the entity itself. */
export function factsAt({ sankey }: Pick<Flow, 'sankey'>, id: string): string[] {
  const touching = sankey.links
    .flatMap((link) => link.relations)
    .filter((relation) => relation.from.id === id || relation.to.id === id);
  return touching.length ? [...new Set(touching.map((relation) => relation.id))] : [id];
}

/** All the facts that the answer rests on, and the relations of which something is missing. */
export function factsOf({ sankey, missing }: Pick<Flow, 'sankey' | 'missing'>): string[] {
  const drawn = sankey.links.flatMap((link) => link.relations.map(({ id }) => id));
  const lacking = missing.flatMap(({ relation }) => (relation ? [relation.id] : []));
  return [...new Set([...drawn, ...lacking])];
}

export function flowTable(flow: Flow): Rows {
  return [
    ['what', 'id', 'name', 'min', 'proportional', 'max', 'unit', 'bounds', 'note'],
    rowOf('total', null, flow.total),
    rowOf('absorbed', null, flow.absorbed),
    ...flow.bySource.map(({ entity, amount }) => rowOf('source', entity, amount)),
    ...flow.byTarget.map(({ entity, amount }) => rowOf('target', entity, amount)),
    ...flow.byIndustry.map(({ industry, amount }) => rowOf('industry', industry, amount)),
    ...flow.otherOrigins.map(({ entity, amount, origin }) => rowOf('other origin', entity, amount, origin)),
    ...flow.missing.map(missingRow),
  ];
}

function rowOf(what: string, entity: NamedFragment | null, amount: BoundsFragment, note = '') {
  const { min, proportional, max, unit, bounds } = amount;
  return [what, entity?.id, entity?.name, min, proportional, max, unit, bounds, note];
}

function missingRow({ relation, entity, question, narrows, reason, ask }: Flow['missing'][number]) {
  const note = `${reason}; ask ${ask.map(({ id }) => id).join(', ')}`;
  return ['missing', relation?.id ?? entity?.id, question, '', '', narrows, '', '', note];
}
