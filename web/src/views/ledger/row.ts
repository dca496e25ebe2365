// What is read from a row of the ledger, without words.
import type { LedgerQuery } from '../../graphql/generated';

export type Row = LedgerQuery['ledger']['rows'][number];
export type Figure = Row['figures'][number];

/** The columns of amounts, and which status each has. */
export const SIDES = [
  ['realised', 'REALISED'],
  ['promised', 'PROMISED'],
  ['claimed', 'CLAIMED'],
] as const;

export const PARTS = ['bothStated', 'originNotStated', 'destinationNotStated', 'neitherStated'] as const;
export type Part = (typeof PARTS)[number];

/** The row's program; `none` for the row of what is under no program. */
export const idOf = (row: Pick<Row, 'program'>): string => row.program?.id ?? 'none';

export const idsOf = (nodes: readonly { readonly id: string }[]): string[] => nodes.map(({ id }) => id);

/** What a figure is made of: relations, and what is stated as a total. */
export function factsOf(row: Pick<Row, 'program'>, figure: Pick<Figure, 'totals' | 'relations'>): string[] {
  const totals = figure.totals.filter((total) => total.counts).map((total) => total.observationId ?? total.entity.id);
  const facts = [...totals, ...idsOf(figure.relations.nodes)];
  return facts.length ? facts : [idOf(row)];
}

/** The parts of a figure, where some are not known to go from one side to the other. */
export function partsOf(figure: Pick<Figure, Part>): Part[] {
  const divided = figure.originNotStated ?? figure.destinationNotStated ?? figure.neitherStated;
  return PARTS.filter((part) => figure[part] && (part !== 'bothStated' || divided));
}

/** The entities of a kind at either end of the row's relations. */
export function membersOf(row: Pick<Row, 'relations'>, kind: string): string[] {
  const ends = row.relations.nodes.flatMap(({ from, to }) => [from, to]);
  return [...new Set(ends.filter((end) => end.kind === kind).map((end) => end.id))];
}
