// The saved questions of `seed/queries`, built into the page: what they are called, and where they are seen.
import heads from 'virtual:saved-questions';
import { type Language, readAddress, type State } from './address';

export interface SavedQuestion {
  readonly name: string;
  readonly title: Record<Language, string>;
  /** Where the page shows it; undefined where only "Data and API" does. */
  readonly view: State | undefined;
}

export const SAVED: readonly SavedQuestion[] = heads.map(({ name, zh, en, view }) => ({
  name,
  title: { zh, en },
  view: view === undefined ? undefined : readAddress(view),
}));

/** What the first screen shows, where the data has it: the question called `ledger`. */
export const FIRST: State = SAVED.find((saved) => saved.name === 'ledger')?.view ?? {};

const documents = import.meta.glob<string>('../../../seed/queries/*.graphql', { query: '?raw', import: 'default' });

/** The question itself, in GraphQL, without its head. */
export async function savedDocument(name: string): Promise<string> {
  const text = await documents[`../../../seed/queries/${name}.graphql`]?.();
  return (text ?? '').replace(/^#.*\n/gm, '').trim();
}
