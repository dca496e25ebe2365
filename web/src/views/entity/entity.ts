// What is read from an entity: its own properties in words, and what it has as rows to take along.
import type { AmountFragment, EntityPageQuery, QuotedFragment } from '../../graphql/generated';
import type { Language } from '../../lib/address';
import type { Rows } from '../../lib/download';
import { label, type Labels, t, type Word } from '../../lib/words';
import CLAIM_TYPES from 'vocabulary:ClaimType';
import FACILITY_TYPES from 'vocabulary:FacilityType';
import FUND_TYPES from 'vocabulary:FundType';
import INDUSTRY_SCHEMES from 'vocabulary:IndustryScheme';
import LAB_TYPES from 'vocabulary:LabType';
import LEVELS from 'vocabulary:Level';
import LISTING_BOARDS from 'vocabulary:ListingBoard';
import ORG_TYPES from 'vocabulary:OrgType';
import PARK_TYPES from 'vocabulary:ParkType';
import FAMILIES from 'vocabulary:ProgramFamily';
import STAGES from 'vocabulary:ProjectStage';
import LISTS from 'vocabulary-lists:all';

export type Entity = Extract<NonNullable<EntityPageQuery['node']>, { names: unknown }>;

/** Properties that are codes: each is called after the list of its values. A kind of entity has some of them. */
const CODED: readonly (readonly [property: string, list: string, labels: Labels])[] = [
  ['stage', 'ProjectStage', STAGES],
  ['family', 'ProgramFamily', FAMILIES],
  ['claimType', 'ClaimType', CLAIM_TYPES],
  ['fundType', 'FundType', FUND_TYPES],
  ['level', 'Level', LEVELS],
  ['parkLevel', 'Level', LEVELS],
  ['parkType', 'ParkType', PARK_TYPES],
  ['labType', 'LabType', LAB_TYPES],
  ['facilityType', 'FacilityType', FACILITY_TYPES],
  ['listingBoard', 'ListingBoard', LISTING_BOARDS],
  ['orgType', 'OrgType', ORG_TYPES],
  ['scheme', 'IndustryScheme', INDUSTRY_SCHEMES],
];
const PLAIN: readonly Word[] = ['capacity', 'titleClass', 'fields', 'code', 'tags'];

/** The properties that an entity has, each with what it is called and its value. */
export function propertiesOf(entity: Entity, language: Language): [string, string][] {
  const own: Partial<Record<string, unknown>> = entity;
  const text = (name: string): string => {
    const value = own[name];
    return Array.isArray(value) ? value.join('、') : typeof value === 'string' ? value : '';
  };
  const coded = CODED.flatMap(([name, list, labels]): [string, string][] =>
    text(name) ? [[label(LISTS, list, language), label(labels, text(name), language)]] : [],
  );
  const { validFrom, validTo, formerIds } = entity;
  const plain: [Word, string][] = [
    ...PLAIN.map((word): [Word, string] => [word, text(word)]),
    ['validity', validFrom || validTo ? `${validFrom ?? '…'} – ${validTo ?? '…'}` : ''],
    ['formerIds', formerIds.join(', ')],
  ];
  const rest = plain.filter(([, value]) => value).map(([word, value]): [string, string] => [t(word, language), value]);
  return [...coded, ...rest];
}

/** The amounts that an entity has by itself, each by the code of its property; the last two are those of funds. */
export function amountsOf(entity: Entity): [property: string, amount: AmountFragment][] {
  const own = entity as Partial<Record<'size' | 'committed' | 'paidIn', AmountFragment | null>>;
  const { size, committed, paidIn } = own;
  const amounts = { size, committed, paid_in: paidIn };
  return Object.entries(amounts).flatMap(([property, amount]) => (amount ? [[property, amount]] : []));
}

/** The titles of the sources that the entity is stated in, by their ids. */
export const sourcesOf = ({ statements }: Pick<Entity, 'statements'>): Map<string, string> =>
  new Map(statements.map(({ source }) => [source.id, source.title]));

export function entityTable(entity: Entity, relations: readonly QuotedFragment[]): Rows {
  return [
    ['id', 'kind', 'from', 'to', 'resource', 'lower', 'upper', 'unit', 'basis', 'quote', 'assertion', 'reliability'],
    ...relations.map(({ id, kind, from, to, resource, quantity, statements: [first] }) => [
      id,
      kind,
      from.id,
      to.id,
      resource,
      ...cells(quantity),
      first?.quote,
      first?.assertion,
      first?.reliability,
    ]),
    ...entity.observations.nodes.map(({ id, indicator, quantity, statements: [first] }) => [
      id,
      indicator,
      entity.id,
      '',
      '',
      ...cells(quantity),
      first?.quote,
    ]),
  ];
}

const cells = (amount: AmountFragment | null) => [amount?.lower, amount?.upper, amount?.unit, amount?.basis];
