// Asks the worker for places; only the last question's answer counts.

export interface LayoutRequest {
  readonly turn: number;
  readonly ids: readonly string[];
  /** By the positions of their ends in `ids`. */
  readonly edges: readonly (readonly [number, number])[];
  /** Where nodes stood before: what is opened grows out of what is there. */
  readonly places: ReadonlyMap<string, readonly [number, number]>;
}

export interface LayoutResult {
  readonly turn: number;
  readonly places: Float32Array<ArrayBuffer>;
  readonly ms: number;
}

export class Layout {
  private readonly worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
  private turn = 0;

  constructor(done: (laidOut: LayoutResult) => void) {
    this.worker.onmessage = ({ data }: MessageEvent<LayoutResult>) => {
      if (data.turn === this.turn) done(data);
    };
  }

  ask(question: Omit<LayoutRequest, 'turn'>): void {
    this.worker.postMessage({ ...question, turn: ++this.turn });
  }

  end(): void {
    this.worker.terminate();
  }
}
