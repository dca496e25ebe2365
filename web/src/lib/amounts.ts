// Amounts as people read them. They are exact decimals, so they stay text: nothing here goes through a float.
import type { AmountFragment, Qualifier } from '../graphql/generated';
import type { Language } from './address';
import { label, t } from './words';
import QUALIFIERS from 'vocabulary:Qualifier';
import UNITS from 'vocabulary:Unit';
import UNKNOWN_REASONS from 'vocabulary:UnknownReason';

export type Amount = Pick<AmountFragment, 'lower' | 'upper' | 'unit'> &
  Partial<Pick<AmountFragment, 'lowerExclusive' | 'qualifier' | 'unknownReason' | 'originalText' | 'contested'>>;

/** What can be said of an amount: a number, an interval, or that it is not known. */
export type Reading =
  | { readonly known: 'whole'; readonly text: string }
  | { readonly known: 'part'; readonly text: string }
  | { readonly known: 'none'; readonly text: string };

/** Reads an amount. `part` is known at one end only: what is missing there is drawn as missing. */
export function read(amount: Amount | null | undefined, language: Language): Reading {
  if (!amount) return { known: 'none', text: t('noAmount', language) };
  const { lower, upper, unit } = amount;
  const qualifier: Qualifier | undefined = amount.qualifier;
  if (qualifier === 'NONE') return { known: 'whole', text: label(QUALIFIERS, 'NONE', language) };
  if (lower === null && upper === null) {
    const word = amount.unknownReason
      ? label(UNKNOWN_REASONS, amount.unknownReason, language)
      : label(QUALIFIERS, qualifier === 'QUALITATIVE' ? 'QUALITATIVE' : 'UNKNOWN', language);
    return { known: 'none', text: unit ? `${word} (${unitName(unit, language)})` : word };
  }
  if (qualifier === 'AT_LEAST' && lower !== null)
    return { known: 'part', text: t('noLess', language, { amount: withUnit(lower, unit, language) }) };
  // What begins at nothing because nothing begins lower has one end that is said.
  if ((qualifier === 'AT_MOST' || qualifier === 'LESS_THAN') && upper !== null && (lower === null || lower === '0')) {
    const word = qualifier === 'AT_MOST' ? 'noMore' : 'lessThan';
    return { known: 'part', text: t(word, language, { amount: withUnit(upper, unit, language) }) };
  }
  if (lower !== null && upper === null) {
    return { known: 'part', text: `${amount.lowerExclusive ? '>' : '≥'} ${withUnit(lower, unit, language)}` };
  }
  if (lower === null) return { known: 'part', text: `≤ ${withUnit(upper!, unit, language)}` };
  if (lower === upper) {
    const about = qualifier === 'ROUNDED' ? `${t('about', language)} ` : '';
    return { known: 'whole', text: about + withUnit(lower, unit, language) };
  }
  const from = amount.lowerExclusive ? above(lower, unit, language) : scaleMoney(lower, unit, language).digits;
  const to = `${qualifier === 'LESS_THAN' ? '< ' : ''}${withUnit(upper!, unit, language)}`;
  return { known: 'whole', text: `${from} – ${to}`.replace(/^>/, '> ') };
}

/** What begins above a number: of things that are counted, the next one. */
function above(lower: string, unit: string | null, language: Language): string {
  const counted = unit !== null && !isMoney(unit) && unit !== 'PERCENT' && /^\d+$/.test(lower);
  return counted ? groupDigits(String(BigInt(lower) + 1n)) : `>${scaleMoney(lower, unit, language).digits}`;
}

/** Units of three letters are currencies, all but one. */
function isMoney(unit: string | null): unit is string {
  return unit !== null && /^[A-Z]{3}$/.test(unit) && unit !== 'LAB';
}

/** A number with its unit: `14.76 亿元`, `CNY 1.476 bn`. */
export function withUnit(value: string, unit: string | null, language: Language): string {
  const { digits, scale } = scaleMoney(value, unit, language);
  if (unit === null) return digits + scale;
  if (isMoney(unit))
    return language === 'zh'
      ? `${digits} ${scale}${unitName(unit, language)}`
      : `${unit} ${digits}${scale && ` ${scale}`}`;
  if (unit === 'PERCENT') return `${digits}%`;
  const name = unitName(unit, language);
  return language === 'zh'
    ? `${digits} ${scale}${name}`
    : `${digits} ${scale}${scale && ' '}${value === '1' ? name : plural(name)}`;
}

export function unitName(unit: string, language: Language): string {
  const name = label(UNITS, unit, language);
  return isMoney(unit) && name === unit.toLowerCase() ? unit : name;
}

function plural(name: string): string {
  if (/[^a-z]$/.test(name)) return name;
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

const SCALES: Record<Language, readonly (readonly [number, string])[]> = {
  zh: [
    [8, '亿'],
    [4, '万'],
  ],
  en: [
    [9, 'bn'],
    [6, 'm'],
  ],
};

/** Money is scaled, for its digits are many; people and projects are counted out. */
function scaleMoney(value: string, unit: string | null, language: Language): { digits: string; scale: string } {
  const whole = value.replace('-', '').split('.')[0] ?? '';
  const fitting = isMoney(unit) ? SCALES[language].find(([zeros]) => whole.length > zeros) : undefined;
  if (!fitting) return { digits: groupDigits(value), scale: '' };
  return { digits: groupDigits(shiftPoint(value, fitting[0])), scale: fitting[1] };
}

/** Divides by a power of ten by moving the point. */
export function shiftPoint(value: string, zeros: number): string {
  const sign = value.startsWith('-') ? '-' : '';
  const [whole = '0', part = ''] = value.slice(sign.length).split('.');
  const digits = whole.padStart(zeros + 1, '0');
  const fraction = (digits.slice(digits.length - zeros) + part).replace(/0+$/, '');
  return sign + digits.slice(0, digits.length - zeros) + (fraction && `.${fraction}`);
}

/** A fraction of 1 as a percentage. */
export function percent(value: string): string {
  const [whole = '0', part = ''] = value.split('.');
  const digits = (whole + part.padEnd(2, '0').slice(0, 2)).replace(/^0+(?=\d)/, '');
  const rest = part.slice(2).replace(/0+$/, '');
  return `${digits}${rest && `.${rest}`}%`;
}

export function groupDigits(value: string): string {
  const [whole = '', part] = value.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? groups : `${groups}.${part}`;
}

/** For lengths on the screen only; what is written is the decimal itself. */
export function approximate(value: string | null): number | null {
  return value === null ? null : Number(value);
}

export function countInterval(count: { lower: string; upper: string | null }): string {
  if (count.upper === count.lower) return groupDigits(count.lower);
  return count.upper === null
    ? `≥ ${groupDigits(count.lower)}`
    : `${groupDigits(count.lower)} – ${groupDigits(count.upper)}`;
}
