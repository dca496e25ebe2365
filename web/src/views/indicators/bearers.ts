// Who can be asked about: whoever has a rule or a claimed effect.
import type { BearersQuery, NamedFragment } from '../../graphql/generated';

/** Each once, by id. One whom the address names is among them, whatever is recorded of it. */
export function choosable(data: BearersQuery | undefined, chosen: string | undefined): NamedFragment[] {
  const all: NamedFragment[] = [
    ...(data?.rules.map(({ bearer }) => bearer) ?? []),
    ...(data?.relations.nodes.map(({ from }) => from) ?? []),
  ];
  const known = [...new Map(all.map((entity) => [entity.id, entity])).values()];
  known.sort((a, b) => (a.id < b.id ? -1 : 1));
  const missing = chosen && !known.some(({ id }) => id === chosen);
  return missing ? [...known, { id: chosen, name: chosen, kind: 'PROGRAM' }] : known;
}
