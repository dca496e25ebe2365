// Indicators as rows to take along.
import type { IndicatorsQuery } from '../../graphql/generated';
import type { Rows } from '../../lib/download';

export type Indicator = IndicatorsQuery['indicators'][number];

export function indicatorTable(indicators: readonly Indicator[]): Rows {
  return [
    ['code', 'regions', 'industry', 'value', 'in record', 'facts', 'excluded', 'missing'],
    ...indicators.map(({ code, regions, industry, value, inRecord, factCount, excluded, missing }) => [
      code,
      regions.map(({ id }) => id).join('|'),
      industry?.id,
      value,
      inRecord,
      factCount,
      excluded,
      missing.map(({ reason, detail }) => `${reason}: ${detail}`).join('|'),
    ]),
  ];
}

/** To three decimals: more would be said than is known. */
export const rounded = (value: number): string => String(Math.round(value * 1e3) / 1e3);
