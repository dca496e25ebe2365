import { describe, expect, it } from 'vitest';
import { csv } from '../src/lib/download';
import { flatten } from '../src/lib/rows';
import { snippets } from '../src/lib/snippets';
import { excerpt } from '../src/lib/excerpt';
import { type Pair, WORDS } from '../src/lib/words';

describe('a file', () => {
  it('is quoted where it must be, and runs nothing in a spreadsheet', () => {
    const text = csv([
      ['a', 'b'],
      ['x, "y"\n', '=SUM(A1)'],
      ['-5', '-cmd'],
      [null, 7],
    ]);
    expect(text).toBe('\uFEFFa,b\r\n"x, ""y""\n",\'=SUM(A1)\r\n-5,\'-cmd\r\n,7\r\n');
  });
  it('has a row for each item of the longest list', () => {
    const answer = {
      flow: {
        total: { min: '0' },
        rows: [
          { entity: { name: 'a' }, kinds: ['x', 'y'] },
          { entity: null, kinds: [] },
        ],
      },
    };
    expect(flatten(answer)).toEqual([
      ['entity.name', 'kinds', 'entity'],
      ['a', 'x|y', undefined],
      [undefined, '', null],
    ]);
  });
});

describe('a question to copy', () => {
  it('survives the quotes of its language', () => {
    const [, curl, typescript, python] = snippets(
      'http://h/graphql',
      "query Q($t: String!) { search(query: $t) { totalCount } } # `it's` ${x}",
      { t: "it's" },
    );
    expect(curl!.text).toContain("it'\\''s");
    expect(typescript!.text).toContain("\\`it's\\` \\${x}");
    expect(python!.text).toContain('"t": "it\'s"');
  });
});

describe('an excerpt', () => {
  const locator = { text: null, section: null, lines: null, start: null, end: null };
  const text = '前言。昆山\n\n高新区😀设立基金。后记。';
  it('is found whatever the white space', () => {
    expect(excerpt(text, { quote: '昆山高新区', locator })?.quote).toBe('昆山\n\n高新区');
  });
  it('counts code points where it has a place', () => {
    expect(excerpt(text, { quote: '设立', locator: { ...locator, start: 11, end: 13 } })).toMatchObject({
      quote: '设立',
    });
  });
  it('is sought where its place is wrong, and told where it is nowhere', () => {
    expect(excerpt(text, { quote: '后记', locator: { ...locator, start: 0, end: 2 } })?.quote).toBe('后记');
    expect(excerpt(text, { quote: '南京', locator })).toBeUndefined();
  });
});

describe('words', () => {
  it('are there in both languages, with the same gaps to fill', () => {
    const pairs: [string, Pair][] = Object.entries(WORDS);
    const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const [key, [zh, en]] of pairs) {
      expect(zh && en, key).toBeTruthy();
      expect(gaps(zh), key).toEqual(gaps(en));
    }
  });
});
