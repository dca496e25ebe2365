// The network as a drawing that can be printed: the same places and colours as on the screen.
import { INK, kindColor, resourceColor } from '../lib/colors';
import type { Neighborhood, Places } from './drawing';

const SIZE = 1200;
const MARGIN = 60;
/** More names than this cover each other. */
const NAMES_MAX = 150;

const ROOT = [
  'xmlns="http://www.w3.org/2000/svg"',
  `width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}"`,
  `font-family="system-ui, 'Noto Sans CJK SC', sans-serif" font-size="12" fill="${INK}"`,
].join(' ');

const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function networkSvg(
  graph: Neighborhood,
  places: Places,
  note: string,
): { text: string; width: number; height: number } {
  const all = [...places.values()];
  const span = (axis: 0 | 1): [number, number] => {
    const values = all.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [bottom, top]] = [span(0), span(1)];
  const scale = (SIZE - 2 * MARGIN) / Math.max(1, right - left, top - bottom);
  const at = (id: string): readonly [number, number] => {
    const [x, y] = places.get(id) ?? [left, bottom];
    return [MARGIN + (x - left) * scale, MARGIN + (top - y) * scale];
  };
  const lines = graph.relations.map(({ from, to, resource }) => {
    const [[x1, y1], [x2, y2]] = [at(from.id), at(to.id)];
    const stroke = resourceColor(resource);
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" stroke-opacity="0.6"/>`;
  });
  const dots = graph.entities.map(({ id, kind, name }) => {
    const [x, y] = at(id);
    const label = graph.entities.length <= NAMES_MAX ? `<text x="${x + 8}" y="${y + 4}">${escape(name)}</text>` : '';
    const title = `<title>${escape(name)}</title>`;
    return `<circle cx="${x}" cy="${y}" r="5" fill="${kindColor(kind)}">${title}</circle>${label}`;
  });
  const body = [...lines, ...dots, `<text x="${MARGIN}" y="${SIZE - 20}">${escape(note)}</text>`].join('\n');
  return {
    text: `<svg ${ROOT}>\n${body}\n</svg>`,
    width: SIZE,
    height: SIZE,
  };
}
