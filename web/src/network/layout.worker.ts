// Lays a network out by ForceAtlas2, away from the thread that draws.
import iterate from 'graphology-layout-forceatlas2/iterate';
import type { LaidOut, ToLayOut } from './layout';
import { matrices, positions, settings } from './matrices';

/** So long at most; a small network is at rest long before. */
const TIME_MS_MAX = 3000;
const ITERATIONS_MAX = 800;

addEventListener('message', ({ data }: MessageEvent<ToLayOut>) => {
  const begun = performance.now();
  const { nodes, edges } = matrices(data);
  const options = settings(data.ids.length);
  for (let round = 0; round < ITERATIONS_MAX && performance.now() - begun < TIME_MS_MAX; round += 1) iterate(options, nodes, edges);
  const done: LaidOut = { turn: data.turn, places: positions(nodes), ms: Math.round(performance.now() - begun) };
  postMessage(done, { transfer: [done.places.buffer] });
});
