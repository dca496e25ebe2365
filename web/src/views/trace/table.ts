// A trace as rows to take along: one for each step of a path, each relation that places its ends, and each relation
// that arrives at a dead end.
import type { TraceQuery } from '../../graphql/generated';
import type { Rows } from '../../lib/download';

export type Trace = TraceQuery['trace'];
export type Path = Trace['paths']['nodes'][number];
export type DeadEnd = Trace['deadEnds']['nodes'][number];

const HEAD = ['what', 'path', 'step', 'from', 'relation', 'to', 'resource', 'lower', 'upper', 'unit'] as const;
const BLANK = '';

/** Whether a step is walked as its relation is written, or against it. */
export function isForward(path: Pick<Path, 'relations' | 'entities'>, step: number): boolean {
  return path.relations[step]?.from.id === path.entities[step]?.id;
}

/** What tells a path from all others: the relations and the entities on it. */
export function keyOf({ relations, entities }: Pick<Path, 'relations' | 'entities'>): string {
  return [...relations, ...entities].map(({ id }) => id).join(' ');
}

export function traceTable({ paths, deadEnds }: Pick<Trace, 'paths' | 'deadEnds'>): Rows {
  return [
    [...HEAD, 'weakest or reason', 'relation id', 'quote'],
    ...paths.nodes.flatMap((path, index) => stepsOf(path, index + 1)),
    ...paths.nodes.flatMap((path, index) => placementsOf(path, index + 1)),
    ...deadEnds.nodes.flatMap(arrivalsOf),
  ];
}

function stepsOf(path: Path, number: number): Rows {
  return path.relations.map(({ id, kind, quantity, statements }, step) => [
    'path',
    number,
    step + 1,
    path.entities[step]?.id,
    kind,
    path.entities[step + 1]?.id,
    path.resources.join('|'),
    quantity?.lower,
    quantity?.upper,
    quantity?.unit,
    path.weakest,
    id,
    statements[0]?.quote,
  ]);
}

function placementsOf(path: Path, number: number): Rows {
  return path.placements.map(({ id, kind, from, to, statements: [first] }) => [
    'placed by',
    number,
    BLANK,
    from.id,
    kind,
    to.id,
    BLANK,
    BLANK,
    BLANK,
    BLANK,
    first?.assertion,
    id,
    first?.quote,
  ]);
}

function arrivalsOf({ reached, entity, reasons, arriving }: DeadEnd): Rows {
  return (arriving.length ? arriving : [undefined]).map((relation) => [
    reached ? 'dead end' : 'source',
    BLANK,
    BLANK,
    relation?.from.id,
    relation?.kind,
    entity.id,
    relation?.resource,
    relation?.quantity?.lower,
    relation?.quantity?.upper,
    relation?.quantity?.unit,
    reasons.join('|'),
    relation?.id,
    relation?.statements[0]?.quote,
  ]);
}
