// The keys that move the network's picture.
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly ratio: number;
}

const STEP = 0.1;
const ZOOM = 1.3;

/** What a key changes of the camera; undefined for a key that moves nothing. */
export function moveOf(key: string, { x, y, ratio }: Camera): Partial<Camera> | undefined {
  const step = STEP * ratio;
  switch (key) {
    case 'ArrowLeft':
      return { x: x - step };
    case 'ArrowRight':
      return { x: x + step };
    case 'ArrowUp':
      return { y: y + step };
    case 'ArrowDown':
      return { y: y - step };
    case '+':
    case '=':
      return { ratio: ratio / ZOOM };
    case '-':
      return { ratio: ratio * ZOOM };
    case '0':
      return { x: 0.5, y: 0.5, ratio: 1 };
    default:
      return undefined;
  }
}
