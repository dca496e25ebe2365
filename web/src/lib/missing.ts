// What an indicator lacks, as a sentence in the reader's language, from the code and the row that has it.
import type { IndicatorsQuery } from '../graphql/generated';
import type { Language } from './address';
import { fill, type Pair } from './words';

type Row = Pick<IndicatorsQuery['indicators'][number], 'regions' | 'excluded'>;

const LACKS: Record<string, Pair> = {
  SINGLE_DOCUMENT: ['事实都出自同一份文献：数值描述的是这份文献，不是现实本身', 'all facts are of one document: the number describes that document, not the world'],
  TOO_FEW_MEMBERS: ['{regions}的成员不足两个，无从成对', '{regions}: fewer than the two members that a pair needs'],
  NO_TIES: ['{regions}的成员与位于某地区的实体之间没有联系', '{regions}: no tie joins a member to an entity that lies in a region'],
  NO_INDUSTRY: ['{regions}没有一个成员带有已知份额的产业', '{regions}: no member has an industry with a share'],
  // The API does not say which of them in a field of its own.
  NO_INDUSTRY_AMONG: ['{regions}之中，至少有一地没有一个成员带有已知份额的产业', '{regions}: of one of them at least, no member has an industry with a share'],
  NO_SHARE: ['有 {n} 个成员属于多个产业，其中有的份额未知', '{n} {n|member has|members have} several industries, and of one no share'],
  NO_DRIVER: ['{n} 条联系都不能计入：由什么驱动或数额多少未说明', 'of {n} ties none counts: what drives it, or how much, is not stated'],
  INPUT_UNKNOWN: ['记有投入，其数额未知', 'the input is recorded, its amount is not'],
  INPUT_OPEN_ABOVE: ['投入没有上限，因此倍数没有下限', 'the input has no upper end, so the ratio has no lower one'],
  INPUT_MAY_BE_NOTHING: ['投入可能为零，因此倍数没有上限', 'the input may be nothing, so the ratio has no upper end'],
  OUTPUT_UNKNOWN: ['记有产出，其数额未知', 'the output is recorded, its amount is not'],
  OUTPUT_OPEN_ABOVE: ['产出没有上限，倍数也就没有上限', 'the output has no upper end, so neither has the ratio'],
  OUTPUT_OPEN_BELOW: ['产出没有下限，倍数也就没有下限', 'the output has no lower end, so neither has the ratio'],
};

/** The API's own words go along for a code that this page does not know. */
export function lackOf({ reason, detail }: { reason: string; detail: string }, row: Row | undefined, language: Language): string {
  const several = (row?.regions.length ?? 0) > 1;
  const sentence = (several && LACKS[`${reason}_AMONG`]) || LACKS[reason];
  const regions = row?.regions.map((region) => region.name).join(language === 'zh' ? '、' : ', ') ?? '';
  return sentence ? fill(sentence, language, { regions, n: row?.excluded ?? 0 }) : detail;
}
