import { describe, expect, it } from 'vitest';
import { countInterval, groupDigits, read, shiftPoint, withUnit } from '../src/lib/amounts';

const amount = (lower: string | null, upper: string | null, more = {}) => ({ lower, upper, unit: 'CNY', ...more });

describe('an amount', () => {
  it('is scaled without going through a float', () => {
    expect(shiftPoint('1476000000', 8)).toBe('14.76');
    expect(shiftPoint('123456789012345678901', 8)).toBe('1234567890123.45678901');
    expect(shiftPoint('5', 8)).toBe('0.00000005');
    expect(shiftPoint('-250000000', 8)).toBe('-2.5');
    expect(groupDigits('1234567.1234')).toBe('1,234,567.1234');
  });
  it('is written in the units of its reader', () => {
    expect(withUnit('1476000000', 'CNY', 'zh')).toBe('14.76 亿元');
    expect(withUnit('1476000000', 'CNY', 'en')).toBe('CNY 1.476 bn');
    expect(withUnit('15660000', 'CNY', 'zh')).toBe('1,566 万元');
    expect(withUnit('0', 'CNY', 'zh')).toBe('0 元');
    expect(withUnit('8500', 'PERSON', 'en')).toBe('8,500 persons');
    expect(withUnit('1', 'COMPANY', 'en')).toBe('1 company');
    expect(withUnit('4', 'COMPANY', 'en')).toBe('4 companies');
    expect(withUnit('42', 'PERCENT', 'zh')).toBe('42%');
    expect(withUnit('3', 'WHATEVER', 'en')).toBe('3 whatevers');
  });
  it('that is not known is never a number', () => {
    expect(read(amount(null, null, { qualifier: 'UNKNOWN' }), 'zh')).toEqual({ known: 'none', text: '数额未知 (元)' });
    expect(read(amount(null, null, { qualifier: 'UNKNOWN', unknownReason: 'STATED_LATER' }), 'zh').text).toBe(
      '当时尚无说明 (元)',
    );
    expect(read(null, 'en')).toEqual({ known: 'none', text: 'no amount recorded' });
    expect(read(amount(null, null, { qualifier: 'NONE' }), 'en')).toEqual({
      known: 'whole',
      text: 'Known to be zero',
    });
  });
  it('that is known at one end says at which', () => {
    expect(read(amount('5000000000', null, { lowerExclusive: true }), 'zh')).toEqual({
      known: 'part',
      text: '> 50 亿元',
    });
    expect(read(amount('5000000000', null), 'zh').text).toBe('≥ 50 亿元');
    expect(read(amount(null, '7'), 'zh')).toEqual({ known: 'part', text: '≤ 7 元' });
    expect(read({ lower: '10', upper: '19', unit: 'PROJECT', lowerExclusive: true }, 'zh').text).toBe('11 – 19 个项目');
    expect(read(amount('10', '19', { lowerExclusive: true }), 'zh').text).toBe('> 10 – 19 元');
  });
  it('is said as its source says it', () => {
    const said = (lower: string | null, upper: string | null, qualifier: string, language: 'zh' | 'en') =>
      read(amount(lower, upper, { qualifier }), language).text;
    expect(said('500000000', null, 'AT_LEAST', 'zh')).toBe('不少于 5 亿元');
    expect(said('500000000', null, 'AT_LEAST', 'en')).toBe('at least CNY 500 m');
    expect(said('0', '500000000', 'AT_MOST', 'zh')).toBe('不超过 5 亿元');
    expect(said('0', '500000000', 'AT_MOST', 'en')).toBe('at most CNY 500 m');
    expect(said('0', '500000000', 'LESS_THAN', 'zh')).toBe('少于 5 亿元');
    expect(said(null, '-5', 'LESS_THAN', 'en')).toBe('less than CNY -5');
    expect(said('3', '5', 'LESS_THAN', 'zh')).toBe('3 – < 5 元');
  });
  it('of money is in its own currency', () => {
    expect(withUnit('100000000', 'EUR', 'zh')).toBe('1 亿欧元');
    expect(withUnit('100000000', 'EUR', 'en')).toBe('EUR 100 m');
    expect(withUnit('100000000', 'SEK', 'zh')).toBe('1 亿SEK');
    expect(withUnit('4', 'LAB', 'en')).toBe('4 labs');
  });
  it('of members is an interval', () => {
    expect(countInterval({ lower: '51', upper: '59' })).toBe('51 – 59');
    expect(countInterval({ lower: '680', upper: '680' })).toBe('680');
    expect(countInterval({ lower: '1', upper: null })).toBe('≥ 1');
  });
});
