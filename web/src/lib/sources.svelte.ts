// The texts of sources, where the operator has supplied them, and where in them a quotation stands.
import type { ProofFragment } from '../graphql/generated';
import { asWhom } from './api';

export interface Excerpt {
  readonly before: string;
  readonly quote: string;
  readonly after: string;
}

const AROUND = 90;

class Sources {
  /** The sources that have a file here; undefined until it is known. */
  known: ReadonlySet<string> | undefined = $state.raw();
  private readonly texts = new Map<string, Promise<string>>();
  private asked = false;

  /** Asks once which sources have a file. */
  learn(): void {
    if (this.asked) return;
    this.asked = true;
    fetch('sources', asWhom())
      .then(async (response) => new Set<string>(response.ok ? ((await response.json()) as { sources: string[] }).sources : []))
      .catch(() => new Set<string>())
      .then((known) => (this.known = known));
  }

  text(id: string): Promise<string> {
    const found = this.texts.get(id) ?? fetch(sourceAddress(id), asWhom()).then((response) => (response.ok ? response.text() : ''));
    this.texts.set(id, found);
    return found;
  }
}

export const sources = new Sources();

export const sourceAddress = (id: string): string => `sources/${encodeURIComponent(id)}`;

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
