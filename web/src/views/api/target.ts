// Of what the request is shown, as the address says it: a view's name, or `saved:` and a saved question's.
import { type View, VIEWS } from '../../lib/address';

const SAVED = 'saved:';

/** The views that ask something. */
export const TARGETS: readonly Exclude<View, 'api'>[] = VIEWS.filter((view) => view !== 'api');

export const savedName = (target: string | undefined): string | undefined =>
  target?.startsWith(SAVED) ? target.slice(SAVED.length) : undefined;

export const savedTarget = (name: string): string => SAVED + name;

export const viewNamed = (target: string | undefined): Exclude<View, 'api'> =>
  TARGETS.find((view) => view === target) ?? 'ledger';
