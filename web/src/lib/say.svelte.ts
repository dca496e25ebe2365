// Words in the language of the reader, and what the server says of kinds.
import type { ShellQuery } from '../graphql/generated';
import { type Amount, read, type Reading, withUnit } from './amounts';
import { router } from './router.svelte';
import { label, type Labels, t, type Values, type Word } from './words';
import ENTITY_KINDS from 'vocabulary:EntityKind';
import RELATION_KINDS from 'vocabulary:RelationKind';

export const say = (word: Word, values?: Values): string => t(word, router.language, values);
export const sayLabel = (labels: Labels, code: string): string => label(labels, code, router.language);
export const sayAmount = (amount: Amount | null | undefined): Reading => read(amount, router.language);
export const sayNumber = (value: string, unit: string | null): string => withUnit(value, unit, router.language);

type Ontology = ShellQuery['ontology'];

/** What the server says of kinds, and what they are called. */
class Kinds {
  ontology: Ontology | undefined = $state.raw();

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
    return sayLabel(kind in ENTITY_KINDS ? ENTITY_KINDS : RELATION_KINDS, kind);
  }
}

export const kinds = new Kinds();
