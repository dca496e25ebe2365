// What is written into a diagram, and where: no two names cover each other. What has no room is not written; it is said
// where it is pointed at or reached by keyboard, and stands in the table.
import { NODE_WIDTH, type PlacedDiagram, type PlacedLink, type PlacedNode } from './layout';

export interface Name {
  /** The node or the band that it names. */
  readonly of: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export interface Names {
  readonly nodes: readonly Name[];
  /** Why nothing leads on from a node. */
  readonly ends: readonly Name[];
  /** These stand about their middle. */
  readonly links: readonly Name[];
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Width of a Latin letter, about: in a node's name, and in smaller text. A Chinese character is as wide as two. */
const [BOLD, SMALL] = [7.2, 5.8];
/** A line of text above and below its base. */
const [ABOVE, BELOW] = [11, 4];
/** A name that is cut shorter says nothing. */
const LEAST = 40;
const WIDE = /[\u2e80-\uffef]/;

export const countLetters = (text: string): number =>
  [...text].reduce((sum, point) => sum + (WIDE.test(point) ? 2 : 1), 0);

/** Cut to a width. */
export function shorten(text: string, width: number, letter = SMALL): string {
  if (countLetters(text) * letter <= width) return text;
  let room = Math.floor(width / letter) - 2;
  let at = 0;
  for (const point of text) {
    room -= WIDE.test(point) ? 2 : 1;
    if (room < 0) break;
    at += point.length;
  }
  return `${text.slice(0, at)}…`;
}

export function placeNames(
  placed: PlacedDiagram,
  ofLink: (link: PlacedLink) => string,
  ofEnds: (node: PlacedNode) => string,
): Names {
  const taken: Box[] = placed.nodes.map(({ x, y, height }) => [x - 2, y, x + NODE_WIDTH + 4, y + height]);
  const leading = new Set(placed.links.filter((link) => !link.circulating).map((link) => link.source));
  const claim = (box: Box): boolean => {
    if (box[0] < 0 || box[2] > placed.width || taken.some((other) => overlap(box, other))) return false;
    taken.push(box);
    return true;
  };
  const written = (name: Name, width: number): Name[] =>
    claim([name.x, name.y - ABOVE, name.x + width, name.y + BELOW]) ? [name] : [];

  /** From a column to the next, or to the edge. */
  const roomAt = (x: number): number => (placed.stages.find((next) => next > x) ?? placed.width) - x;
  const indent = (node: PlacedNode): number => node.x + NODE_WIDTH + (node.ends.length ? 9 : 5);
  const nodes = placed.nodes.flatMap((node) => {
    const text = shorten(node.label, roomAt(node.x) - 24, BOLD);
    return written({ of: node.id, text, x: indent(node), y: node.y - 5 }, countLetters(text) * BOLD);
  });
  const ends = placed.nodes.flatMap((node) => {
    if (!node.ends.length) return [];
    const text = shorten(`⊣ ${ofEnds(node)}`, roomAt(node.x) - 24);
    const y = leading.has(node.id) ? node.y + node.height + 12 : node.y + 11;
    return written({ of: node.id, text, x: indent(node), y }, countLetters(text) * SMALL);
  });
  // What says most comes first: amounts that are known, then wide bands.
  const order = [...placed.links].sort(
    (a, b) => Number(a.known === 'none') - Number(b.known === 'none') || b.width - a.width,
  );
  const links = order.flatMap((link) => {
    const whole = ofLink(link);
    const text = shorten(whole, link.room);
    const width = countLetters(text) * SMALL + 4;
    if (!whole || (text !== whole && link.room < LEAST)) return [];
    const at = link.nameAt.find(([x, y]) => claim([x - width / 2, y + 4 - ABOVE, x + width / 2, y + 4 + BELOW]));
    return at ? [{ of: link.key, text, x: at[0], y: at[1] + 4 }] : [];
  });
  return { nodes, ends, links };
}

const overlap = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
