// A question that follows the state: asked anew when what it depends on changes, and only the last answer counts.
import { ask, type Document, type Failure, forget } from './api';

export interface Question<T, V> {
  readonly document: Document<T, V>;
  readonly variables: V;
}

export class Query<T, V> {
  data: T | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  loading = $state(false);
  /** When the last answer came, on the clock of `performance.now()`. */
  at = 0;
  private turn = $state(0);
  private latest = 0;

  constructor(question: () => Question<T, V> | undefined) {
    // Two questions that read the same are one: the state may change in ways that do not matter here.
    const text = $derived.by(() => {
      const asked = question();
      return asked && JSON.stringify([asked.document.toString(), asked.variables]);
    });
    $effect(() => {
      void this.turn;
      if (text === undefined) this.settle(++this.latest, undefined, undefined);
      else void this.send(JSON.parse(text) as [string, V], ++this.latest);
    });
  }

  retry = (): void => {
    forget();
    this.turn += 1;
  };

  private async send([document, variables]: [string, V], mine: number): Promise<void> {
    this.loading = true;
    const { data, failure } = await ask(document as unknown as Document<T, V>, variables);
    this.settle(mine, data, failure);
  }

  private settle(mine: number, data: T | undefined, failure: Failure | undefined): void {
    if (mine !== this.latest) return;
    this.at = performance.now();
    this.data = data;
    this.failure = failure;
    this.loading = false;
  }
}
