// Lays a network out away from the thread that draws.
import type { LayoutResult, LayoutRequest } from './layout';
import { settle } from './settle';

/** So long at most: a network of 2,000 is at rest long before, but a machine may have other things to do. */
const TIME_MS_MAX = 3000;

addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => {
  const begun = performance.now();
  const { places } = settle(data, () => performance.now() - begun > TIME_MS_MAX);
  const done: LayoutResult = {
    turn: data.turn,
    places: new Float32Array(places.flat()),
    ms: Math.round(performance.now() - begun),
  };
  postMessage(done, { transfer: [done.places.buffer] });
});
