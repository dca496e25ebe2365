// The network as what sigma draws: dots by how many relations they have, lines by the resource that they carry.
import type Graph from 'graphology';
import type { NeighbourhoodQuery } from '../graphql/generated';
import { kindColor, mixWithWhite, resourceColor } from '../lib/colors';

export type Neighborhood = NeighbourhoodQuery['neighborhood'];
/** Where each entity stands, by its id. */
export type Places = ReadonlyMap<string, readonly [number, number]>;

export interface Drawing {
  readonly graph: Neighborhood;
  /** How many relations of an entity are not drawn. */
  readonly hidden: ReadonlyMap<string, number>;
  /** The entities around which everything stands: always named. */
  readonly center: readonly string[];
}

/** The places of entities, from coordinates in their order: x and y by turns. */
export function placesOf({ entities }: Neighborhood, coordinates: ArrayLike<number>): Places {
  return new Map(
    entities.map(({ id }, index) => [id, [coordinates[index * 2] ?? 0, coordinates[index * 2 + 1] ?? 0] as const]),
  );
}

/** Replaces what is drawn. */
export function draw(drawing: Graph, { graph, hidden, center }: Drawing, places: Places): void {
  drawing.clear();
  // Two thousand dots of the usual size would be one.
  const crowd = Math.max(0.3, Math.min(1, Math.sqrt(200 / Math.max(1, graph.entities.length))));
  const degrees = degreesOf(graph);
  for (const { id, kind, name } of graph.entities) {
    const [x, y] = places.get(id) ?? [0, 0];
    const more = hidden.get(id);
    drawing.addNode(id, {
      x,
      y,
      size: crowd * Math.min(16, 4 + 1.6 * Math.sqrt(degrees.get(id) ?? 0)),
      label: more ? `${name}  +${more}` : name,
      color: kindColor(kind),
      forceLabel: center.includes(id),
    });
  }
  for (const { from, to, flow, resource } of graph.relations) {
    if (!drawing.hasNode(from.id) || !drawing.hasNode(to.id)) continue;
    const [source, target] = flow === 'BACKWARD' ? [to.id, from.id] : [from.id, to.id];
    drawing.addDirectedEdge(source, target, {
      size: Math.max(1, 2.4 * crowd),
      color: mixWithWhite(resourceColor(resource), crowd),
      type: flow === 'FORWARD' || flow === 'BACKWARD' ? 'arrow' : 'line',
    });
  }
}

function degreesOf({ relations }: Neighborhood): Map<string, number> {
  const degrees = new Map<string, number>();
  for (const { from, to } of relations) for (const { id } of [from, to]) degrees.set(id, (degrees.get(id) ?? 0) + 1);
  return degrees;
}

/** How many relations of each entity are not drawn. */
export function hiddenOf({ hidden }: Pick<Neighborhood, 'hidden'>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { entity, count } of hidden) sums.set(entity.id, (sums.get(entity.id) ?? 0) + count);
  return sums;
}
