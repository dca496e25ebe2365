import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { label, type Labels } from '../src/lib/words';
import { propertiesOf } from '../src/views/entity/entity';
import ASSERTIONS from 'vocabulary:Assertion';
import ASSERTION_NOTES from 'vocabulary-descriptions:Assertion';
import UNITS from 'vocabulary:Unit';
import LISTS from 'vocabulary-lists:all';

interface List {
  zh: string;
  en: string;
  values: Record<string, Record<'zh' | 'en' | 'descriptionZh' | 'descriptionEn', string>>;
}
const printed = JSON.parse(readFileSync('../vocabulary.json', 'utf8')) as Record<string, List>;

describe('what a code is called', () => {
  it('is what the API says', () => {
    for (const [labels, list] of [
      [ASSERTIONS, 'Assertion'],
      [UNITS, 'Unit'],
    ] as [Labels, string][]) {
      const { values } = printed[list]!;
      expect(Object.keys(labels)).toEqual(Object.keys(values));
      for (const [code, { zh, en }] of Object.entries(values)) {
        expect([label(labels, code, 'zh'), label(labels, code, 'en')]).toEqual([zh, en]);
      }
    }
  });
  it('comes with what it means, and what its list is called', () => {
    const { zh, en, values } = printed.Assertion!;
    const { descriptionZh, descriptionEn } = values.NORMATIVE!;
    expect(ASSERTION_NOTES.NORMATIVE).toEqual([descriptionZh, descriptionEn]);
    expect(LISTS.Assertion).toEqual([zh, en]);
  });
  it('is the code in small letters where the vocabulary has no word', () => {
    expect(label(UNITS, 'TONNE_OF_OIL', 'zh')).toBe('tonne of oil');
  });
  it('names the properties of an entity after their lists', () => {
    const fund = { fundType: 'ANGEL', tags: [], formerIds: [], validFrom: null, validTo: null };
    expect(propertiesOf(fund as never, 'zh')).toEqual([['基金类型', '天使基金']]);
    expect(propertiesOf(fund as never, 'en')).toEqual([['Fund type', 'Angel fund']]);
  });
});

it('no source file has labels of its own', () => {
  const files = import.meta.glob<string>('../src/**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true });
  const codes = Object.values(printed).flatMap(({ values }) =>
    Object.keys(values).filter((code) => /^[A-Z]{2}/.test(code)),
  );
  const copied = Object.entries(files).flatMap(([file, text]) =>
    codes.filter((code) => new RegExp(`\\b${code}: \\[['"]`).test(text)).map((code) => `${file}: ${code}`),
  );
  expect(Object.keys(files).length).toBeGreaterThan(50);
  expect(copied).toEqual([]);
});
