// Places on the screen for a diagram: d3-sankey for what has no loop, arcs below for what has.
import { sankey as d3sankey, type SankeyLink, type SankeyNode } from 'd3-sankey';
import { groupBy } from '../lib/group';
import type { Diagram, Link, Node } from './model';

export interface PlacedNode extends Node {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export interface PlacedLink extends Link {
  readonly path: string;
  readonly width: number;
  /** Where its name may stand, by its middle; the best place first. */
  readonly nameAt: readonly (readonly [x: number, y: number])[];
  /** How long its name may be. */
  readonly room: number;
}

export interface PlacedDiagram {
  readonly nodes: readonly PlacedNode[];
  readonly links: readonly PlacedLink[];
  readonly width: number;
  readonly height: number;
  /** Where each column stands. */
  readonly stages: readonly number[];
}

export const NODE_WIDTH = 8;
/** Room for a name beside the last column and above the first, below the number of its step. */
const MARGIN = { top: 30, right: 178, bottom: 14, left: 2 };
const PADDING = 34;
const BAND = 16;
const MIN_HEIGHT = 120;

type D3Node = SankeyNode<{ node: Node }, { link: Link }>;
type D3Link = SankeyLink<{ node: Node }, { link: Link }>;

/** `band` is the width of a link of value 1; undefined: as wide as fits into `tall`. */
export function placeDiagram(
  diagram: Diagram,
  wide: number,
  measure: { band: true } | { tall: number },
): PlacedDiagram {
  const straight = diagram.links.filter((link) => !link.circulating);
  const apart = diagram.links.filter((link) => link.circulating);
  const last = Math.max(1, ...diagram.nodes.map((node) => node.stage));
  const width = Math.max(wide, MARGIN.left + MARGIN.right + last * 190);
  const height = 'band' in measure ? bandHeight(diagram, straight) : Math.max(measure.tall, nameHeight(diagram));
  const nodes: D3Node[] = diagram.nodes.map((node) => {
    const linked = straight.some((link) => link.source === node.id || link.target === node.id);
    return { node, ...(linked ? {} : { fixedValue: 'band' in measure ? 1 : 0 }) };
  });
  const links: D3Link[] = straight.map((link) => ({
    link,
    source: link.source,
    target: link.target,
    value: link.value,
  }));
  if (!links.length) return alone(diagram, width);
  const layout = d3sankey<{ node: Node }, { link: Link }>()
    .nodeId((node) => node.node.id)
    .nodeAlign((node) => node.node.stage)
    .nodeWidth(NODE_WIDTH)
    .nodePadding(PADDING)
    .iterations(24)
    .extent([
      [MARGIN.left, MARGIN.top],
      [width - MARGIN.right, MARGIN.top + height],
    ]);
  const drawn = layout({ nodes, links });
  const placedNodes = drawn.nodes.map((node): PlacedNode => ({
    ...node.node,
    x: node.x0!,
    y: node.y0!,
    height: Math.max(2, node.y1! - node.y0!),
  }));
  const at = new Map(placedNodes.map((node) => [node.id, node]));
  let floor = MARGIN.top + height;
  const placedLinks = drawn.links.map((link) => curve(link));
  for (const link of apart) {
    const [source, target] = [at.get(link.source), at.get(link.target)];
    if (!source || !target) continue;
    floor += 22;
    placedLinks.push(arc(link, source, target, floor));
  }
  return { nodes: placedNodes, links: placedLinks, width, height: floor + MARGIN.bottom, stages: columns(placedNodes) };
}

function bandHeight(diagram: Diagram, straight: readonly Link[]): number {
  const through = (id: string): number => {
    const sum = (links: readonly Link[]) => links.reduce((total, link) => total + link.value, 0);
    return Math.max(
      1,
      sum(straight.filter((link) => link.source === id)),
      sum(straight.filter((link) => link.target === id)),
    );
  };
  const tall = [...groupBy(diagram.nodes, (node) => node.stage).values()].map(
    (column) => column.reduce((total, node) => total + through(node.id) * BAND, 0) + (column.length - 1) * PADDING,
  );
  return Math.max(MIN_HEIGHT, ...tall);
}

/** So that each node's name has a line of its own, however many stand in a column. */
function nameHeight(diagram: Diagram): number {
  return Math.max(
    ...[...groupBy(diagram.nodes, (node) => node.stage).values()].map((column) => column.length * (PADDING + 6)),
  );
}

/** Nodes that nothing joins: one below the other. */
function alone(diagram: Diagram, width: number): PlacedDiagram {
  const nodes = diagram.nodes.map((node, at): PlacedNode => ({
    ...node,
    x: MARGIN.left,
    y: MARGIN.top + at * (BAND + PADDING),
    height: BAND,
  }));
  return {
    nodes,
    links: [],
    width,
    height: MARGIN.top + nodes.length * (BAND + PADDING) + MARGIN.bottom,
    stages: columns(nodes),
  };
}

function columns(nodes: readonly PlacedNode[]): number[] {
  return [...new Set(nodes.map((node) => node.x))].sort((a, b) => a - b);
}

function curve(link: D3Link): PlacedLink {
  const source = link.source as D3Node;
  const target = link.target as D3Node;
  const [x0, x1, y0, y1] = [source.x1!, target.x0!, link.y0!, link.y1!];
  const middle = (x0 + x1) / 2;
  const path = `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
  const width = Math.max(2, link.width!);
  const at = (t: number): readonly [number, number] => {
    const [near, far] = [(1 - t) ** 2 * (1 + 2 * t), t ** 2 * (3 - 2 * t)];
    return [(1 - t) ** 3 * x0 + 3 * t * (1 - t) * middle + t ** 3 * x1, near * y0 + far * y1];
  };
  return { ...link.link, path, width, nameAt: ALONG.map(at), room: Math.min(180, x1 - x0 - 24) };
}

/** Places along a band: the middle first, for a name there is nobody else's. */
const ALONG = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];

function arc(link: Link, source: PlacedNode, target: PlacedNode, floor: number): PlacedLink {
  const [x0, y0] = [source.x + NODE_WIDTH, source.y + source.height];
  const [x1, y1] = [target.x, target.y + target.height];
  const path = `M${x0},${y0}C${x0 + 40},${floor + 8} ${x1 - 40},${floor + 8} ${x1},${y1}`;
  const low = (t: number): readonly [number, number] => [x0 + (x1 - x0) * t, (y0 + y1) / 8 + (floor * 3) / 4];
  return { ...link, path, width: 3, nameAt: ALONG.map(low), room: 150 };
}
