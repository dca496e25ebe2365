// Why a rule was found kept, not kept, or neither, as a sentence in the reader's language. The API says it in English alone;
// here it is told from what the API says in codes and amounts: the rule's base and parts, and the relations that were looked at.
import type { AmountFragment, QuantityStatus, RuleStatus } from '../graphql/generated';
import type { Language } from './address';
import { fill, label, LABELS, type Pair, t } from './words';

const REASONS = {
  within: ['各方所占份额都与规则相符。', 'Every party’s share is as the rule says.'],
  outside: ['有一方所占份额超出规则所允许。', 'A party has a share that the rule does not allow.'],
  undetermined: ['{on}；{because}。', '{on}; {because}.'],
  base: ['规则以「{base}」计', 'The rule counts what is {base}'],
  noBase: ['规则未说明以什么计', 'The rule does not say what it counts'],
  noAmounts: ['其名下没有记录数额', 'no amount is recorded for it'],
  unrealised: ['其名下的数额尚未实现：{what}', 'the amounts recorded for it are not realised: {what}'],
  bases: ['其名下的数额是：{what}', 'the amounts recorded for it are: {what}'],
  otherBases: ['其名下的数额却是：{what}', 'the amounts recorded for it are others: {what}'],
  unknown: ['，且数额未知', ', and how much they are is not known'],
  units: ['其名下的数额单位不一', 'the amounts recorded for it are in different units'],
  noParty: ['规则有一部分未指明属于谁，数额无从归属', 'a part of it names no party, so no amount can be told to be its'],
  inexact: ['有数额并非一个确数', 'an amount is not known as one number'],
  noShares: ['规则没有写明份额', 'it states no shares'],
  nothingBetween: ['与各方之间没有记录数额', 'no amount is recorded between it and the parties'],
} as const satisfies Record<string, Pair>;

export interface Checked {
  readonly base: string | null;
  readonly parts: readonly { readonly lower: string | null; readonly upper: string | null; readonly party: unknown }[];
  readonly check: {
    readonly status: RuleStatus;
    readonly relations: readonly { readonly quantity: AmountFragment | null }[];
  };
}

export function whyOf({ base, parts, check }: Checked, language: Language): string {
  const say = (reason: keyof typeof REASONS, values = {}) => fill(REASONS[reason], language, values);
  if (check.status === 'WITHIN') return say('within');
  if (check.status === 'OUTSIDE') return say('outside');
  const amounts = check.relations.flatMap(({ quantity }) => (quantity ? [quantity] : []));
  const on = base === null ? say('noBase') : say('base', { base: baseName(base, language) });
  const because = (): string => {
    if (!check.relations.length) return say('noAmounts');
    const unrealised = amounts.map(({ status }) => status).filter((status): status is QuantityStatus => status !== null && status !== 'REALISED');
    if (amounts.length && unrealised.length === amounts.length) return say('unrealised', { what: listed(unrealised.map((code) => label('Status', code, language)), language) });
    const bases = amounts.flatMap((amount) => (amount.basis ? [amount.basis] : []));
    const known = amounts.some(({ lower }) => lower !== null);
    if (!bases.some((code) => code === base)) {
      const what = listed(bases.map((code) => label('Basis', code, language)), language);
      return say(base === null ? 'bases' : 'otherBases', { what: what || t('notStated', language) }) + (known ? '' : say('unknown'));
    }
    const units = new Set(amounts.map(({ unit }) => unit));
    if (units.size > 1) return say('units');
    if (parts.some(({ party }) => party === null)) return say('noParty');
    if (amounts.some(({ lower, upper }) => lower === null || lower !== upper)) return say('inexact');
    if (parts.every(({ lower, upper }) => lower === null && upper === null)) return say('noShares');
    return say('nothingBetween');
  };
  return say('undetermined', { on, because: because() });
}

const baseName = (base: string, language: Language): string => (base in LABELS.Basis ? label('Basis', base, language) : base);
const listed = (words: readonly string[], language: Language): string => [...new Set(words)].join(language === 'zh' ? '、' : ', ');
