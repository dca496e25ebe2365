// Any answer as a table: the longest list in it, a row each; what is nested becomes columns with dotted names.
import type { Rows } from './download';

type Cell = string | number | null;

export function flatten(answer: unknown): Rows {
  const list = longest(answer);
  const rows = (list ?? [answer]).map((item) => columns(item));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return [names, ...rows.map((row) => names.map((name) => row.get(name)))];
}

/** The first longest list of objects, not looking into lists: what is within a row is of the row. */
function longest(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value !== 'object' || value === null) return undefined;
  let best: readonly unknown[] | undefined;
  for (const inner of Object.values(value)) {
    const found = longest(inner);
    if (found && found.length > (best?.length ?? 0)) best = found;
  }
  return best;
}

function columns(value: unknown, prefix = ''): Map<string, Cell> {
  if (Array.isArray(value)) {
    const simple = value.every((item) => typeof item !== 'object' || item === null);
    return new Map([[prefix || 'value', simple ? value.join('|') : JSON.stringify(value)]]);
  }
  if (typeof value !== 'object' || value === null) return new Map([[prefix || 'value', scalar(value)]]);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [...columns(inner, prefix ? `${prefix}.${name}` : name)]),
  );
}

/** A JSON value that has no parts. */
function scalar(value: unknown): Cell {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : null;
}
