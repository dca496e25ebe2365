// The network as rows to take along: one for each relation that is drawn.
import type { Rows } from '../../lib/download';
import type { Neighborhood } from '../../network/drawing';

export function networkTable({ entities, relations }: Neighborhood): Rows {
  const names = new Map(entities.map(({ id, name }) => [id, name]));
  return [
    ['id', 'kind', 'from', 'from name', 'to', 'to name', 'resource'],
    ...relations.map(({ id, kind, from, to, resource }) => [
      id,
      kind,
      from.id,
      names.get(from.id),
      to.id,
      names.get(to.id),
      resource,
    ]),
  ];
}
