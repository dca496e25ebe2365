// Words in the language of the reader, and the names that the ontology gives to kinds.
import type { ShellQuery } from '../graphql/generated';
import { type Amount, read, type Reading, withUnit } from './amounts';
import { place } from './place.svelte';
import { label, type LabelSet, t, type Values, type Word } from './words';

export const say = (word: Word, values?: Values): string => t(word, place.language, values);
export const sayLabel = (set: LabelSet, code: string): string => label(set, code, place.language);
export const sayAmount = (amount: Amount | null | undefined): Reading => read(amount, place.language);
export const sayNumber = (value: string, unit: string | null): string => withUnit(value, unit, place.language);

/** The reader's date, as `2026-11-23`. */
export const today = (): string => new Date().toLocaleDateString('sv-SE');

type Ontology = ShellQuery['ontology'];

/** What the server says of kinds: a kind that is new there is new here as well. */
class Kinds {
  ontology: Ontology | undefined = $state.raw();
  private readonly labels = $derived(
    new Map(
      [...(this.ontology?.entityKinds ?? []), ...(this.ontology?.relationKinds ?? [])].map(
        (info): [string, string] => [info.kind, info.label],
      ),
    ),
  );

  get entityKinds(): string[] {
    return this.ontology?.entityKinds.map((info) => info.kind) ?? [];
  }

  /** Relations that say how things belong together, and carry nothing. */
  get structure(): Set<string> {
    return new Set(this.ontology?.relationKinds.filter((info) => info.structure).map((info) => info.kind));
  }

  get all(): string[] {
    return this.ontology?.relationKinds.map((info) => info.kind) ?? [];
  }

  name(kind: string): string {
    return this.labels.get(kind) ?? kind.toLowerCase().replaceAll('_', ' ');
  }
}

export const kinds = new Kinds();
