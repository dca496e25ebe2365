// Who a question is about, as a text that fits an address: `kind:INDUSTRY in:region:kunshan`.
import type { EntityKind, ProgramFamily, RegionRole, Selector } from '../graphql/generated';

/** One condition of a selector. Tokens of one sort are joined by OR, the sorts by AND, as in the API. */
export interface Token {
  readonly sort: Sort;
  readonly value: string;
}

const SORTS = ['id', 'kind', 'in', 'role', 'tag', 'family'] as const;
export type Sort = (typeof SORTS)[number];

/** Reads a text; what is no token is dropped, for an address may have been cut by whoever sent it on. */
export function readTokens(text: string): Token[] {
  return text
    .split(' ')
    .map((word) => {
      const colon = word.indexOf(':');
      const sort = SORTS.find((known) => known === word.slice(0, colon));
      const value = word.slice(colon + 1);
      return sort && value ? { sort, value: decodeURIComponent(value) } : undefined;
    })
    .filter((token) => token !== undefined);
}

export function writeTokens(tokens: readonly Token[]): string {
  // A tag is free text; a blank in it would end the token.
  return tokens.map(({ sort, value }) => `${sort}:${value.replace(/[%\s]/g, encodeURIComponent)}`).join(' ');
}

/** Adds a condition: of a region there is one, and it replaces another. */
export function withToken(tokens: readonly Token[], added: Token): Token[] {
  const single = added.sort === 'in' || added.sort === 'role';
  const kept = tokens.filter((token) => (single ? token.sort !== added.sort : !same(token, added)));
  return [...kept, added];
}

export function same(a: Token, b: Token): boolean {
  return a.sort === b.sort && a.value === b.value;
}

/** The API's input; undefined where nothing is picked. */
export function selector(text: string): Selector | undefined {
  const tokens = readTokens(text);
  const of = (sort: Sort) => tokens.filter((token) => token.sort === sort).map((token) => token.value);
  const [region] = of('in');
  const [role] = of('role');
  const picked: Selector = {
    ...(of('id').length && { ids: of('id') }),
    ...(of('kind').length && { kinds: of('kind') as EntityKind[] }),
    ...(region && { regionId: region }),
    ...(region && role && { regionRole: role as RegionRole }),
    ...(of('tag').length && { tags: of('tag') }),
    ...(of('family').length && { families: of('family') as ProgramFamily[] }),
  };
  return Object.keys(picked).length ? picked : undefined;
}

/** The ids that a text names, to be shown by name. */
export function idsOf(text: string): string[] {
  return readTokens(text)
    .filter(({ sort }) => sort === 'id' || sort === 'in')
    .map(({ value }) => value);
}
