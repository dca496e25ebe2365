// The texts of sources, where the operator has supplied them.
import { requestOptions } from './api';

class Sources {
  /** The sources that have a file here; undefined until it is known. */
  known: ReadonlySet<string> | undefined = $state.raw();
  private readonly texts = new Map<string, Promise<string>>();
  private asked = false;

  /** Asks once which sources have a file. */
  learn(): void {
    if (this.asked) return;
    this.asked = true;
    void fetch('sources', requestOptions())
      .then(
        async (response) =>
          new Set<string>(response.ok ? ((await response.json()) as { sources: string[] }).sources : []),
      )
      .catch(() => new Set<string>())
      .then((known) => (this.known = known));
  }

  text(id: string): Promise<string> {
    const found =
      this.texts.get(id) ??
      fetch(sourceAddress(id), requestOptions()).then((response) => (response.ok ? response.text() : ''));
    this.texts.set(id, found);
    return found;
  }
}

export const sources = new Sources();

export const sourceAddress = (id: string): string => `sources/${encodeURIComponent(id)}`;
