// Where a statement stands in its source, and how to cite it.
import type { ProofFragment } from '../graphql/generated';
import type { Language } from '../lib/address';
import { t } from '../lib/words';

type Located = Pick<ProofFragment, 'locator'>;

/** The section, lines and characters of a statement; else the place in the words of whoever recorded it. */
export function locatorOf({ locator }: Located, language: Language): string {
  const { section, lines, start, end, text } = locator;
  const [first, last = first] = lines ?? [];
  const parts = [
    section,
    first === undefined || last === undefined ? '' : linesBetween(first, last, language),
    start === null || end === null ? '' : t('chars', language, { a: start, b: end }),
  ];
  return parts.filter(Boolean).join(' · ') || (text ?? '');
}

function linesBetween(first: number, last: number, language: Language): string {
  return first === last ? t('lines', language, { a: first }) : t('linesRange', language, { a: first, b: last });
}

/** What a citation says besides the statement: where it was seen, and when. */
export interface Visit {
  /** The revision of the graph. */
  readonly revision: string;
  readonly date: string;
  /** An address that shows the statement. */
  readonly url: string;
}

/** The words, where they stand, and an address that shows them. */
export function citationOf(
  statement: Pick<ProofFragment, 'source' | 'locator' | 'quote'>,
  { revision, date, url }: Visit,
  language: Language,
): string {
  const { authors, title, publisher, affiliation, publishedOn } = statement.source;
  const parts = [authors.join(', '), title, publisher ?? affiliation, publishedOn, locatorOf(statement, language)];
  const source = parts.filter(Boolean).join(', ');
  const quote = statement.quote ?? t('noQuote', language);
  return t('citeFactText', language, { quote, source, n: revision, date, url });
}
