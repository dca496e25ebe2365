// Why a rule was found kept, not kept, or neither, as a sentence in the reader's language. The API says it in English alone;
// here it is told from what the API says in codes and amounts: the rule's base and parts, and the relations that were looked at.
import type { AmountFragment, QuantityStatus, RuleStatus } from '../graphql/generated';
import type { Language } from './address';
import { label, LABELS, t, type Word } from './words';

export interface Checked {
  readonly base: string | null;
  readonly parts: readonly { readonly lower: string | null; readonly upper: string | null; readonly party: unknown }[];
  readonly check: {
    readonly status: RuleStatus;
    readonly relations: readonly { readonly quantity: AmountFragment | null }[];
  };
}

export function whyOf({ base, parts, check }: Checked, language: Language): string {
  const say = (word: Word, values = {}) => t(word, language, values);
  if (check.status === 'WITHIN') return say('ruleWithin');
  if (check.status === 'OUTSIDE') return say('ruleOutside');
  const amounts = check.relations.flatMap(({ quantity }) => (quantity ? [quantity] : []));
  const on = base === null ? say('ruleNoBase') : say('ruleBase', { base: baseName(base, language) });
  const because = (): string => {
    if (!check.relations.length) return say('ruleNoAmounts');
    const unrealised = amounts.map(({ status }) => status).filter((status): status is QuantityStatus => status !== null && status !== 'REALISED');
    if (amounts.length && unrealised.length === amounts.length) return say('ruleUnrealised', { what: listed(unrealised.map((code) => label('Status', code, language)), language) });
    const bases = amounts.flatMap((amount) => (amount.basis ? [amount.basis] : []));
    const known = amounts.some(({ lower }) => lower !== null);
    if (!bases.some((code) => code === base)) {
      const what = listed(bases.map((code) => label('Basis', code, language)), language);
      return say(base === null ? 'ruleBases' : 'ruleOtherBases', { what: what || say('notStated') }) + (known ? '' : say('ruleUnknown'));
    }
    const units = new Set(amounts.map(({ unit }) => unit));
    if (units.size > 1) return say('ruleUnits');
    if (parts.some(({ party }) => party === null)) return say('ruleNoParty');
    if (amounts.some(({ lower, upper }) => lower === null || lower !== upper)) return say('ruleInexact');
    if (parts.every(({ lower, upper }) => lower === null && upper === null)) return say('ruleNoShares');
    return say('ruleNothingBetween');
  };
  return say('ruleUndetermined', { on, because: because() });
}

const baseName = (base: string, language: Language): string => (base in LABELS.Basis ? label('Basis', base, language) : base);
const listed = (words: readonly string[], language: Language): string => [...new Set(words)].join(language === 'zh' ? '、' : ', ');
