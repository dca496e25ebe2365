// The tables that ForceAtlas2 works on: ten numbers a node, three an edge.
import type { ToLayOut } from './layout';

const NODE = { x: 0, y: 1, mass: 6, convergence: 7, size: 8, width: 10 } as const;
const EDGE_WIDTH = 3;
/** Each next one by this angle: an even spread, and the same each time. */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

export function matrices({ ids, edges, places }: ToLayOut): { nodes: Float32Array; edges: Float32Array } {
  const nodes = new Float32Array(ids.length * NODE.width);
  ids.forEach((id, at) => {
    const known = places.get(id);
    const radius = 8 * Math.sqrt(at + 0.5);
    const row = at * NODE.width;
    nodes[row + NODE.x] = known?.[0] ?? radius * Math.cos(at * GOLDEN_ANGLE);
    nodes[row + NODE.y] = known?.[1] ?? radius * Math.sin(at * GOLDEN_ANGLE);
    nodes[row + NODE.mass] = 1;
    nodes[row + NODE.convergence] = 1;
    nodes[row + NODE.size] = 1;
  });
  const table = new Float32Array(edges.length * EDGE_WIDTH);
  edges.forEach(([source, target], at) => {
    table.set([source * NODE.width, target * NODE.width, 1], at * EDGE_WIDTH);
    for (const end of [source, target]) {
      const mass = end * NODE.width + NODE.mass;
      nodes[mass] = (nodes[mass] ?? 0) + 1;
    }
  });
  return { nodes, edges: table };
}

/** x and y in turn. */
export function positions(nodes: Float32Array): Float32Array<ArrayBuffer> {
  const places = new Float32Array((nodes.length / NODE.width) * 2);
  for (let at = 0; at < places.length / 2; at += 1) {
    places[at * 2] = nodes[at * NODE.width + NODE.x] ?? 0;
    places[at * 2 + 1] = nodes[at * NODE.width + NODE.y] ?? 0;
  }
  return places;
}

/** As the library infers them, but for what a small network needs, and that forces are grouped beyond a thousand nodes already. */
export function settings(count: number): Record<string, number | boolean> {
  return {
    linLogMode: false,
    outboundAttractionDistribution: false,
    adjustSizes: false,
    edgeWeightInfluence: 1,
    scalingRatio: 10,
    strongGravityMode: true,
    // Parts that nothing joins drift apart; in a small network they are to be seen together.
    gravity: count > 300 ? 0.05 : 0.5,
    slowDown: 1 + Math.log(Math.max(1, count)),
    barnesHutOptimize: count > 1000,
    barnesHutTheta: 0.5,
  };
}
