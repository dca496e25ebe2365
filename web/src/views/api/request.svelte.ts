// The request that "Data and API" shows: that of a view as the address has it, or a saved question.
import { router } from '../../lib/router.svelte';
import { questionOf } from '../../lib/questions';
import { savedDocument } from '../../lib/saved';
import { kinds } from '../../lib/say.svelte';
import { savedName, viewNamed } from './target';

export interface ApiRequest {
  readonly query: string;
  readonly variables: unknown;
}

export class ShownRequest {
  private saved = $state('');

  /** Undefined while a saved question is loaded, and where the view asks nothing yet. */
  readonly current = $derived.by((): ApiRequest | undefined => {
    if (savedName(router.state.of)) return this.saved ? { query: this.saved, variables: {} } : undefined;
    const carrying = kinds.all.filter((kind) => !kinds.structure.has(kind));
    const question = questionOf(viewNamed(router.state.of), router.state, router.language, carrying);
    return question && { query: aligned(question.document.toString()), variables: question.variables };
  });

  constructor() {
    $effect(() => {
      const name = savedName(router.state.of);
      this.saved = '';
      if (name) void savedDocument(name).then((text) => name === savedName(router.state.of) && (this.saved = text));
    });
  }
}

/** As the generator writes a document, its parts stand at different depths; one margin for all reads better. */
function aligned(text: string): string {
  return text.trim().replace(/^ {4}(?=(?:query|fragment) )/gm, '');
}
