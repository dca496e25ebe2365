// What has a date, and where it stands on an axis of years.
export interface Span {
  readonly id: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** The axis' first and last year, whole; they differ by one at least. */
export interface Axis {
  readonly first: number;
  readonly last: number;
}

const YEARS_MAX = 60;

/** A partial date stands for its first day: `2024-07` is a little less than 2024.5. */
export function yearOf(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return year + (month - 1) / 12 + (day - 1) / 365;
}

export function axisOf(spans: readonly Span[]): Axis {
  const dates = spans.flatMap(({ from, to }) => [from, to].filter((date) => date !== null).map(yearOf));
  const first = Math.floor(Math.min(...dates));
  return { first, last: Math.max(first + 1, Math.ceil(Math.max(...dates) + 0.01)) };
}

/** The years that are written at the axis. */
export function yearsOf({ first, last }: Axis): number[] {
  return Array.from({ length: Math.min(YEARS_MAX, last - first + 1) }, (_, index) => first + index);
}
