// Where in a source's text a quotation stands.
import type { ProofFragment } from '../graphql/generated';

export interface Excerpt {
  readonly before: string;
  readonly quote: string;
  readonly after: string;
}

const AROUND = 90;

/** The quotation with what stands around it. Its place is given in code points; white space may differ. */
export function excerpt(text: string, statement: Pick<ProofFragment, 'quote' | 'locator'>): Excerpt | undefined {
  const points = [...text];
  const bare = (part: string): string => part.replace(/\s/g, '');
  const { start, end } = statement.locator;
  const quote = bare(statement.quote ?? '');
  if (!quote) return undefined;
  const spanned = start !== null && end !== null && bare(points.slice(start, end).join('')) === quote;
  const [from, to] = spanned ? [start, end] : (find(points, [...quote]) ?? [-1, -1]);
  if (from < 0) return undefined;
  return {
    before: (from > AROUND ? '…' : '') + points.slice(Math.max(0, from - AROUND), from).join(''),
    quote: points.slice(from, to).join(''),
    after: points.slice(to, to + AROUND).join('') + (to + AROUND < points.length ? '…' : ''),
  };
}

function find(points: readonly string[], wanted: readonly string[]): [number, number] | undefined {
  const solid = points.map((point, at) => [point, at] as const).filter(([point]) => !/\s/.test(point));
  const at = solid.findIndex((_, begin) => wanted.every((point, offset) => solid[begin + offset]?.[0] === point));
  const first = solid[at]?.[1];
  const last = solid[at + wanted.length - 1]?.[1];
  return first === undefined || last === undefined ? undefined : [first, last + 1];
}
