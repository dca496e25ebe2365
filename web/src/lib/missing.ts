// What an indicator lacks, as a sentence in the reader's language, from the code and the row that has it.
import type { IndicatorsQuery } from '../graphql/generated';
import type { Language } from './address';
import { label, LABELS } from './words';

type Row = Pick<IndicatorsQuery['indicators'][number], 'regions' | 'excluded'>;

/** The API's own words go along for a code that this page does not know. */
export function lackOf({ reason, detail }: { reason: string; detail: string }, row: Row | undefined, language: Language): string {
  if (!(reason in LABELS.MissingAbout)) return detail;
  const regions = row?.regions.map((region) => region.name).join(language === 'zh' ? '、' : ', ') ?? '';
  return label('MissingAbout', reason, language, { regions, n: row?.excluded ?? 0 });
}
