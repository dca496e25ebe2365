import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

interface Term {
  readonly zh: string;
  readonly en: string;
  readonly descriptionZh: string;
  readonly descriptionEn: string;
}

type Vocabulary = Record<string, { zh: string; en: string; values: Record<string, Term> }>;
type Pairs = Record<string, readonly [zh: string, en: string]>;

/** What the modules of each prefix hold; the rest of their name is that of a list. */
const MODULES: Record<string, (vocabulary: Vocabulary, list: string) => Pairs | undefined> = {
  vocabulary: (vocabulary, list) => pairs(vocabulary[list]?.values, ({ zh, en }) => [zh, en]),
  'vocabulary-descriptions': (vocabulary, list) =>
    pairs(vocabulary[list]?.values, ({ descriptionZh, descriptionEn }) => [descriptionZh, descriptionEn]),
  'vocabulary-lists': (vocabulary) => pairs(vocabulary, ({ zh, en }) => [zh, en]),
};

/**
 * The lists of the API's vocabulary as modules: `vocabulary:Resource` has the labels of a list,
 * `vocabulary-descriptions:Resource` its descriptions, and `vocabulary-lists:all` what the lists themselves are called.
 * So each view carries the words that it writes and no others, and nothing waits for them when the page starts.
 */
export function vocabulary(file: string): Plugin {
  const parts = (id: string) => /^\0?(vocabulary[a-z-]*):(\w+)$/.exec(id) ?? undefined;
  return {
    name: 'vocabulary',
    resolveId: (id) => (parts(id) && !id.startsWith('\0') ? `\0${id}` : undefined),
    load(id) {
      const [, prefix, list] = parts(id) ?? [];
      if (!prefix || !list) return undefined;
      this.addWatchFile(file);
      const found = MODULES[prefix]?.(JSON.parse(readFileSync(file, 'utf8')) as Vocabulary, list);
      if (!found) throw new Error(`${file} has no list "${list}"`);
      return `export default ${JSON.stringify(found)}`;
    },
  };
}

function pairs<T>(of: Record<string, T> | undefined, pair: (term: T) => readonly [string, string]): Pairs | undefined {
  return of && Object.fromEntries(Object.entries(of).map(([value, term]) => [value, pair(term)]));
}
