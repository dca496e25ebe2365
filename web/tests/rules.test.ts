import { describe, expect, it } from 'vitest';
import { percent } from '../src/lib/amounts';
import { lackOf } from '../src/lib/missing';
import { type Checked, whyOf } from '../src/lib/rules';

const amount = (more: object) => ({
  quantity: { lower: '1', upper: '1', lowerExclusive: false, unit: 'CNY', basis: 'INVESTED', status: 'REALISED', measure: 'CUMULATIVE', qualifier: 'EXACT', originalText: null, contested: false, ...more },
});
const rule = (status: string, base: string | null, relations: object[], parts: object[] = [{ lower: '0.2', upper: '0.3', party: {} }]) => ({ base, parts, check: { status, relations } }) as unknown as Checked;

describe('why a rule is kept or not', () => {
  it.each([
    [rule('WITHIN', 'PAID_IN', []), '各方所占份额都与规则相符。'],
    [rule('OUTSIDE', 'PAID_IN', []), '有一方所占份额超出规则所允许。'],
    [rule('UNDETERMINED', null, []), '规则未说明以什么计；其名下没有记录数额。'],
    [rule('UNDETERMINED', null, [amount({ lower: null, upper: null })]), '规则未说明以什么计；其名下的数额是：已投资，且数额未知。'],
    [rule('UNDETERMINED', 'PAID_IN', [amount({}), amount({ basis: 'REINVESTED' })]), '规则以「实缴」计；其名下的数额却是：已投资、返投。'],
    [rule('UNDETERMINED', '增值税增量', [amount({ status: 'PROMISED' })]), '规则以「增值税增量」计；其名下的数额尚未实现：已承诺。'],
    [rule('UNDETERMINED', 'INVESTED', [amount({}), amount({ unit: 'PROJECT' })]), '规则以「已投资」计；其名下的数额单位不一。'],
    [rule('UNDETERMINED', 'INVESTED', [amount({})], [{ lower: '5', upper: '5', party: null }]), '规则以「已投资」计；规则有一部分未指明属于谁，数额无从归属。'],
    [rule('UNDETERMINED', 'INVESTED', [amount({ upper: null })]), '规则以「已投资」计；有数额并非一个确数。'],
  ])('is said in Chinese: %#', (given, sentence) => expect(whyOf(given, 'zh')).toBe(sentence));
  it('is said in English', () => {
    expect(whyOf(rule('UNDETERMINED', null, [amount({})]), 'en')).toBe('The rule does not say what it counts; the amounts recorded for it are: invested.');
  });
});

describe('what an indicator lacks', () => {
  const row = { regions: [{ id: 'region:a', kind: 'REGION' as const, name: '昆山市' }], excluded: 3 };
  it('is said with the row’s own regions and counts', () => {
    expect(lackOf({ reason: 'NO_SHARE', detail: '' }, row, 'zh')).toBe('有 3 个成员属于多个产业，其中有的份额未知');
    expect(lackOf({ reason: 'NO_TIES', detail: '' }, row, 'en')).toBe('昆山市: no tie joins a member to an entity that lies in a region');
  });
  it('is said in the API’s words where the code is new', () => {
    expect(lackOf({ reason: 'NEW', detail: 'as the API says' }, row, 'zh')).toBe('as the API says');
  });
});

it('a part of 1 is a percentage', () => {
  expect(['0.2', '0.25', '0.125', '1', '0', '0.05'].map(percent)).toEqual(['20%', '25%', '12.5%', '100%', '0%', '5%']);
});
