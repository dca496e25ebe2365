/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Assertion =
  | 'COMPUTED'
  | 'IMPLIED'
  | 'NORMATIVE'
  | 'STATED'
  | 'SUPERLATIVE';

export type Assumption =
  | 'EQUAL_SPLIT';

export type BoundsKind =
  | 'EXACT'
  | 'OUTER';

export type ClaimType =
  | 'FINDING'
  | 'LESSON'
  | 'PROBLEM';

export type Conversion =
  | 'ANY'
  | 'NONE';

export type Coverage =
  | 'CENSUS'
  | 'SAMPLE'
  | 'SINGLE_DOCUMENT';

export type DateRange = {
  from?: string | null | undefined;
  to?: string | null | undefined;
};

export type DeadEndReason =
  | 'BEYOND_LENGTH'
  | 'DIRECTION_UNSTATED'
  | 'FILTERED'
  | 'LEADS_ELSEWHERE'
  | 'NOT_VALID'
  | 'NO_OUTGOING'
  | 'OTHER_RESOURCE'
  | 'RESOURCE_UNSTATED'
  | 'RETURNS_ONLY';

export type Driver =
  | 'ADMINISTRATIVE'
  | 'HYBRID'
  | 'MARKET'
  | 'UNSTATED';

export type EntityKind =
  | 'CLAIM'
  | 'COMPANY'
  | 'EXPERT'
  | 'FACILITY'
  | 'FUND'
  | 'INDUSTRY'
  | 'LAB'
  | 'ORGANIZATION'
  | 'PARK'
  | 'PROGRAM'
  | 'PROJECT'
  | 'REGION'
  | 'UNIVERSITY';

export type EvidenceFilter = {
  assertions?: Array<Assertion> | null | undefined;
  excludeSources?: Array<string> | null | undefined;
  reliabilities?: Array<Reliability> | null | undefined;
};

export type FlowDirection =
  | 'BACKWARD'
  | 'BOTH'
  | 'FORWARD'
  | 'NONE'
  | 'UNSTATED';

export type FlowGroup =
  | 'KIND'
  | 'REGION';

export type FlowInput = {
  asOf?: string | null | undefined;
  assume?: Assumption | null | undefined;
  during?: DateRange | null | undefined;
  evidence?: EvidenceFilter | null | undefined;
  from: Selector;
  groupBy?: FlowGroup | null | undefined;
  resource: Resource;
  scenario?: Scenario | null | undefined;
  status?: QuantityStatus | null | undefined;
  to: Selector;
  undated?: UndatedFacts | null | undefined;
  unit: string;
};

export type IndicatorCode =
  | 'EI_INDEX'
  | 'FRAGMENTATION'
  | 'KRUGMAN'
  | 'LOCATION_QUOTIENT'
  | 'MARKET_DRIVE_AMOUNT'
  | 'MARKET_DRIVE_COUNT'
  | 'STRUCTURE_SIMILARITY';

export type KindRule = {
  kind: RelationKind;
  walk: FlowDirection;
};

export type Measure =
  | 'CHANGE'
  | 'CUMULATIVE'
  | 'FLOW'
  | 'RULE'
  | 'STOCK';

export type MissingReason =
  | 'BOUNDED_AMOUNT'
  | 'CONDUIT_NOT_NAMED'
  | 'DOUBTED'
  | 'NO_AMOUNT'
  | 'NO_DIRECTION'
  | 'NO_RESOURCE'
  | 'NO_SHARE'
  | 'NO_UNIT'
  | 'UNBOUNDED_ABOVE'
  | 'UNKNOWN_AMOUNT';

export type NameRole =
  | 'ABBREVIATION'
  | 'ALIAS'
  | 'OFFICIAL'
  | 'TRANSLITERATION';

export type NothingCounted =
  | 'ELSEWHERE'
  | 'NEITHER_STATED'
  | 'NOTHING_CARRIED';

export type OriginKind =
  | 'OTHER'
  | 'UNEXPLAINED';

export type ProgramFamily =
  | 'CAPITAL'
  | 'PLATFORM'
  | 'SERVICE'
  | 'SHARING'
  | 'TALENT';

export type ProjectStage =
  | 'DOCKED'
  | 'INTRODUCED'
  | 'INVESTED'
  | 'IN_TALKS'
  | 'LANDED'
  | 'SUPPORTED';

export type Qualifier =
  | 'AT_LEAST'
  | 'AT_MOST'
  | 'EXACT'
  | 'LESS_THAN'
  | 'MORE_THAN'
  | 'NONE'
  | 'QUALITATIVE'
  | 'RANGE'
  | 'ROUNDED'
  | 'UNKNOWN';

export type QuantityStatus =
  | 'CLAIMED'
  | 'PROMISED'
  | 'REALISED';

export type Rank =
  | 'DEPRECATED'
  | 'NORMAL'
  | 'PREFERRED';

export type RegionRole =
  | 'GOVERNED'
  | 'LOCATED'
  | 'ORIGIN';

export type RelationFilter = {
  drivers?: Array<Driver> | null | undefined;
  evidence?: EvidenceFilter | null | undefined;
  fromIds?: Array<string> | null | undefined;
  ids?: Array<string> | null | undefined;
  kinds?: Array<RelationKind> | null | undefined;
  resources?: Array<Resource> | null | undefined;
  statuses?: Array<QuantityStatus> | null | undefined;
  toIds?: Array<string> | null | undefined;
  under?: Array<string> | null | undefined;
  units?: Array<string> | null | undefined;
};

export type RelationKind =
  | 'ADDRESSES'
  | 'AFFILIATED_WITH'
  | 'CARRIED_BY'
  | 'COLLABORATES_WITH'
  | 'COMMUTES'
  | 'CONTRIBUTES_TO'
  | 'CO_BUILDS'
  | 'FOCUSES_ON'
  | 'GOVERNED_BY'
  | 'GRANTS'
  | 'HOSTED_AT'
  | 'INCUBATES'
  | 'INVESTS_IN'
  | 'IN_INDUSTRY'
  | 'ISSUES_VOUCHER'
  | 'LEVERAGES'
  | 'LOCATED_IN'
  | 'MEMBER_OF'
  | 'OPENS_SCENARIO'
  | 'OPERATES'
  | 'ORIGINATES'
  | 'PARTY_TO'
  | 'PART_OF'
  | 'PROVIDES_COMPUTE'
  | 'PROVIDES_SERVICE'
  | 'RECOGNISED_BY'
  | 'RETURNS_TO'
  | 'SERVES'
  | 'SHARES_TAX'
  | 'SPILLS_OVER_TO'
  | 'SUBSET_OF'
  | 'SUPPLIES_TALENT'
  | 'SUPPORTS'
  | 'TRANSFERS_TECH';

export type Reliability =
  | 'AUDITED'
  | 'INDEPENDENT'
  | 'SELF_REPORTED'
  | 'SYNTHETIC';

export type Resource =
  | 'CAPITAL'
  | 'COMPUTE'
  | 'DEMAND'
  | 'ENTERPRISE'
  | 'SERVICE'
  | 'TALENT'
  | 'TAX'
  | 'TECHNOLOGY';

export type RuleStatus =
  | 'OUTSIDE'
  | 'UNDETERMINED'
  | 'WITHIN';

export type RuleType =
  | 'ALLOCATION'
  | 'CO_INVEST'
  | 'REINVEST';

export type Scenario =
  | 'LOWER'
  | 'UPPER';

export type Selector = {
  families?: Array<ProgramFamily> | null | undefined;
  ids?: Array<string> | null | undefined;
  kinds?: Array<EntityKind> | null | undefined;
  regionId?: string | null | undefined;
  regionRole?: RegionRole | null | undefined;
  tags?: Array<string> | null | undefined;
};

export type TraceInput = {
  asOf?: string | null | undefined;
  conversion?: Conversion | null | undefined;
  during?: DateRange | null | undefined;
  evidence?: EvidenceFilter | null | undefined;
  exclude?: Array<string> | null | undefined;
  from: Selector;
  includeUnstated?: boolean | null | undefined;
  kindRules?: Array<KindRule> | null | undefined;
  maxLength?: number | null | undefined;
  mode?: TraceMode | null | undefined;
  passSources?: boolean | null | undefined;
  passTargets?: boolean | null | undefined;
  relationKinds?: Array<RelationKind> | null | undefined;
  resources?: Array<Resource> | null | undefined;
  stages?: Array<ProjectStage> | null | undefined;
  through?: Array<Selector> | null | undefined;
  to: Selector;
  undated?: UndatedFacts | null | undefined;
};

export type TraceMode =
  | 'ALL'
  | 'SHORTEST';

export type TruncationReason =
  | 'ROW_LIMIT'
  | 'TIME_LIMIT'
  | 'WORK_LIMIT';

export type UndatedFacts =
  | 'EXCLUDE'
  | 'INCLUDE';

export type UnknownReason =
  | 'STATED_LATER';

export type EntityPageQueryVariables = Exact<{
  id: string;
  lang: string;
  first: number;
  after?: string | null | undefined;
}>;


export type EntityPageQuery = { node:
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, claimType: ClaimType | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, listingBoard: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { id: string }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, titleClass: string | null, fields: Array<string>, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, facilityType: string | null, capacity: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, fundType: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> }, committed: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, paidIn: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, scheme: string | null, code: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, labType: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, orgType: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, parkType: string | null, id: string, kind: EntityKind, name: string, parkLevel: string | null, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, family: ProgramFamily | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, stage: ProjectStage | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, level: string | null, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
    | { description: string | null, descriptionLang: string | null, tags: Array<string>, validFrom: string | null, validTo: string | null, degree: number, formerIds: Array<string>, id: string, kind: EntityKind, name: string, names: Array<{ value: string, lang: string, role: NameRole }>, regions: Array<{ id: string, kind: EntityKind, name: string }>, externalIds: Array<{ scheme: string, value: string }>, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, datasets: Array<{ id: string, title: string, synthetic: boolean }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, relations: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, observations: { totalCount: number, nodes: Array<{ id: string, indicator: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { from: string | null, to: string | null, text: string } | null, statements: Array<{ quote: string | null }> }> } }
   | null };

export type EntityRulesQueryVariables = Exact<{
  id: string;
  lang: string;
}>;


export type EntityRulesQuery = { rules: Array<{ id: string, type: RuleType, base: string | null, parts: Array<{ label: string | null, lower: string | null, upper: string | null, party: { id: string, kind: EntityKind, name: string } | null }>, check: { status: RuleStatus, reason: string, relations: Array<{ id: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, statements: Array<{ quote: string | null }> }> };

export type LayersQueryVariables = Exact<{
  from?: Selector | null | undefined;
  to?: Selector | null | undefined;
  asOf?: string | null | undefined;
}>;


export type LayersQuery = { flowLayers: Array<{ resource: Resource, unit: string, status: QuantityStatus, relationCount: number, knownCount: number, total: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } }> };

export type LayerSumsQueryVariables = Exact<{
  asOf?: string | null | undefined;
  after?: string | null | undefined;
  lang: string;
}>;


export type LayerSumsQuery = { flowLayers: Array<{ resource: Resource, unit: string, status: QuantityStatus, relations: { totalCount: number, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }> };

export type FlowQueryVariables = Exact<{
  input: FlowInput;
  lang: string;
}>;


export type FlowQuery = { flow: { revision: string, structural: boolean, scenario: Scenario | null, assume: Assumption | null, truncatedBy: TruncationReason | null, total: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string }, absorbed: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string }, bySource: Array<{ entity: { id: string, kind: EntityKind, name: string }, amount: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string } }>, byTarget: Array<{ entity: { id: string, kind: EntityKind, name: string }, amount: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string } }>, byIndustry: Array<{ industry: { id: string, kind: EntityKind, name: string } | null, amount: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string } }>, otherOrigins: Array<{ origin: OriginKind, entity: { id: string, kind: EntityKind, name: string }, amount: { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string } }>, missing: Array<{ reason: MissingReason, detail: string, question: string, narrows: string | null, relation: { id: string } | null, entity: { id: string } | null, ask: Array<{ id: string, kind: EntityKind, name: string }> }>, circulations: Array<{ amount: string, closed: boolean, entities: Array<{ id: string, kind: EntityKind, name: string }> }>, sankey: { nodes: Array<{ id: string, group: string | null, label: string, entity: { id: string, kind: EntityKind, name: string } | null }>, links: Array<{ source: string, target: string, amount: string | null, circulating: boolean, relations: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }> } } };

export type IndicatorsQueryVariables = Exact<{
  regions: Array<string> | string;
  asOf?: string | null | undefined;
  lang: string;
}>;


export type IndicatorsQuery = { indicators: Array<{ code: IndicatorCode, value: number | null, inRecord: number | null, factCount: number, excluded: number, regions: Array<{ id: string, kind: EntityKind, name: string }>, industry: { id: string, kind: EntityKind, name: string } | null, missing: Array<{ reason: string, detail: string }>, facts: { totalCount: number, nodes: Array<{ id: string }> } }>, brokerage: Array<{ coordinator: number, gatekeeper: number, representative: number, consultant: number, liaison: number, entity: { id: string, kind: EntityKind, name: string } }> };

export type RegionListQueryVariables = Exact<{
  lang: string;
}>;


export type RegionListQuery = { regions: { totalCount: number, nodes: Array<{ degree: number, id: string, kind: EntityKind, name: string }> } };

export type BearersQueryVariables = Exact<{
  lang: string;
}>;


export type BearersQuery = { rules: Array<{ id: string, type: RuleType, base: string | null, bearer: { id: string, kind: EntityKind, name: string }, parts: Array<{ label: string | null, lower: string | null, upper: string | null, party: { id: string, kind: EntityKind, name: string } | null }>, check: { status: RuleStatus, reason: string, relations: Array<{ id: string, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> } }>, relations: { nodes: Array<{ from: { id: string, kind: EntityKind, name: string } }> } };

export type LeverageQueryVariables = Exact<{
  id: string;
  lang: string;
}>;


export type LeverageQuery = { leverage: Array<{ lower: string | null, upper: string | null, label: QuantityStatus, input: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, output: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, missing: Array<{ reason: string, detail: string }>, inputRelation: { id: string } | null, inputObservation: { id: string } | null, outputRelation: { id: string } | null, outputObservation: { id: string } | null }> };

export type AllocateQueryVariables = Exact<{
  id: string;
  amount: string;
  currency?: string | null | undefined;
}>;


export type AllocateQuery = { allocate: { currency: string | null, rule: { id: string, base: string | null }, parts: Array<{ label: string | null, amount: string | null, min: string, max: string, party: { name: string } | null }> } };

export type LedgerQueryVariables = Exact<{
  input: TraceInput;
  lang: string;
}>;


export type LedgerQuery = { ledger: { rows: Array<{ resources: Array<Resource>, relationCount: number, endsDead: boolean, truncatedBy: TruncationReason | null, notTied: number, reason: NothingCounted | null, originStated: boolean, destinationStated: boolean, directionStated: boolean, industryStated: boolean, undated: number, drivers: Array<Driver>, program: { family: ProgramFamily | null, id: string, kind: EntityKind, name: string } | null, pathCount: { value: string, exact: boolean }, relations: { totalCount: number, nodes: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }, members: Array<{ kind: EntityKind, count: { lower: string, upper: string | null } }>, figures: Array<{ status: QuantityStatus, total: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, bothStated: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, originNotStated: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, destinationNotStated: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, neitherStated: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, totals: Array<{ observationId: string | null, counts: boolean, entity: { id: string } }>, relations: { nodes: Array<{ id: string }> }, stages: { totalCount: number, nodes: Array<{ id: string }> }, splitNotStated: { totalCount: number } }>, elsewhere: { relationCount: number, amounts: Array<{ lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }>, relations: { nodes: Array<{ id: string }> } }, statements: Array<{ assertion: Assertion, reliability: Reliability, count: number }>, rules: Array<{ id: string, type: RuleType }> }>, leftOut: Array<{ reason: NothingCounted, notTied: number, program: { id: string, kind: EntityKind, name: string } | null, elsewhere: { relationCount: number, amounts: Array<{ lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }>, relations: { nodes: Array<{ id: string }> } } }> } };

export type ElsewhereFragment = { relationCount: number, amounts: Array<{ lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }>, relations: { nodes: Array<{ id: string }> } };

export type NeighbourhoodQueryVariables = Exact<{
  ids: Array<string> | string;
  depth: number;
  filter?: RelationFilter | null | undefined;
  asOf?: string | null | undefined;
  max: number;
  lang: string;
}>;


export type NeighbourhoodQuery = { neighborhood: { truncated: boolean, entities: Array<{ id: string, kind: EntityKind, name: string }>, relations: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, from: { id: string }, to: { id: string } }>, hidden: Array<{ kind: RelationKind, count: number, entity: { id: string } }> } };

export type NamedFragment = { id: string, kind: EntityKind, name: string };

export type AmountFragment = { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean };

export type EdgeFragment = { id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null };

export type QuotedFragment = { id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null };

export type ProofFragment = { quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null };

export type BoundsFragment = { min: string | null, proportional: string | null, max: string | null, bounds: BoundsKind, unit: string };

export type ShellQueryVariables = Exact<{ [key: string]: never; }>;


export type ShellQuery = { revision: string, datasets: Array<{ id: string, title: string, licence: string, synthetic: boolean, coverage: Coverage, importedAt: string, entityCount: number, relationCount: number }>, ontology: { entityKinds: Array<{ kind: EntityKind }>, relationKinds: Array<{ kind: RelationKind, structure: boolean }> } };

export type SearchQueryVariables = Exact<{
  query: string;
  kinds?: Array<EntityKind> | EntityKind | null | undefined;
  first: number;
  after?: string | null | undefined;
  lang: string;
}>;


export type SearchQuery = { search: { totalCount: number, edges: Array<{ highlight: string | null, node: { description: string | null, descriptionLang: string | null, id: string, kind: EntityKind, name: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type NamesQueryVariables = Exact<{
  ids: Array<string> | string;
  lang: string;
}>;


export type NamesQuery = { nodes: Array<{ id: string, kind: EntityKind, name: string } | null> };

export type EvidenceQueryVariables = Exact<{
  ids: Array<string> | string;
  lang: string;
}>;


export type EvidenceQuery = { revision: string, nodes: Array<
    | (
      { name: string, id: string, entityKind: EntityKind, size: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }
      & { __typename: 'Claim' | 'Company' | 'Expert' | 'Facility' | 'Fund' | 'Industry' | 'Lab' | 'Organization' | 'Park' | 'Program' | 'Project' | 'Region' | 'University' }
    )
    | (
      { id: string }
      & { __typename: 'Dataset' | 'Source' }
    )
    | (
      { indicator: string, id: string, entity: { id: string, kind: EntityKind, name: string }, observed: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean }, period: { text: string } | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }
      & { __typename: 'Observation' }
    )
    | (
      { id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, under: Array<{ id: string, kind: EntityKind, name: string }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }
      & { __typename: 'Relation' }
    )
    | (
      { type: RuleType, base: string | null, id: string, bearer: { id: string, kind: EntityKind, name: string }, parts: Array<{ label: string | null, lower: string | null, upper: string | null, party: { id: string, kind: EntityKind, name: string } | null }>, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability, rank: Rank, property: string | null, asOf: string | null, recordedBy: string, recordedAt: string, source: { id: string, title: string, authors: Array<string>, affiliation: string | null, publisher: string | null, publishedOn: string | null, licence: string | null, sha256: string | null, url: string | null }, locator: { text: string | null, section: string | null, lines: Array<number> | null, start: number | null, end: number | null }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }
      & { __typename: 'Rule' }
    )
   | null> };

export type TraceQueryVariables = Exact<{
  input: TraceInput;
  first: number;
  after?: string | null | undefined;
  lang: string;
}>;


export type TraceQuery = { trace: { revision: string, truncated: boolean, truncatedBy: TruncationReason | null, totalCount: { value: string, exact: boolean }, paths: { nodes: Array<{ resources: Array<Resource>, weakest: Assertion, undatedCount: number, entities: Array<{ id: string, kind: EntityKind, name: string }>, relations: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, placements: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, graph: { truncated: boolean, entities: Array<{ id: string, kind: EntityKind, name: string }>, relations: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }>, hidden: Array<{ count: number }> }, deadEnds: { totalCount: number, nodes: Array<{ reached: boolean, reasons: Array<DeadEndReason>, entity: { id: string, kind: EntityKind, name: string }, arriving: Array<{ id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, statements: Array<{ quote: string | null, assertion: Assertion, reliability: Reliability }>, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null }> }> } } };

export type HingesQueryVariables = Exact<{
  input: TraceInput;
  lang: string;
}>;


export type HingesQuery = { criticality: Array<{ value: number, singlePoint: boolean, cohort: boolean, sourceCount: number, truncatedBy: TruncationReason | null, entity: { id: string, kind: EntityKind, name: string } | null, relation: { id: string, kind: RelationKind, resource: Resource | null, flow: FlowDirection, share: string | null, driver: Driver, validFrom: string | null, validTo: string | null, from: { id: string, kind: EntityKind, name: string }, to: { id: string, kind: EntityKind, name: string }, quantity: { lower: string | null, upper: string | null, lowerExclusive: boolean, unit: string | null, basis: string | null, status: QuantityStatus | null, measure: Measure, qualifier: Qualifier, unknownReason: UnknownReason | null, originalText: string | null, contested: boolean } | null } | null }>, robustness: Array<{ without: string, holds: boolean, lost: number, truncatedBy: TruncationReason | null, pathCount: { value: string, exact: boolean } | null }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AmountFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
    `, {"fragmentName":"Amount"}) as unknown as TypedDocumentString<AmountFragment, unknown>;
export const ElsewhereFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Elsewhere on Elsewhere {
  relationCount
  amounts {
    ...Amount
  }
  relations {
    nodes {
      id
    }
  }
}
    fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`, {"fragmentName":"Elsewhere"}) as unknown as TypedDocumentString<ElsewhereFragment, unknown>;
export const NamedFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
    `, {"fragmentName":"Named"}) as unknown as TypedDocumentString<NamedFragment, unknown>;
export const EdgeFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`, {"fragmentName":"Edge"}) as unknown as TypedDocumentString<EdgeFragment, unknown>;
export const QuotedFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Quoted on Relation {
  ...Edge
  statements {
    quote
    assertion
    reliability
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}`, {"fragmentName":"Quoted"}) as unknown as TypedDocumentString<QuotedFragment, unknown>;
export const ProofFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Proof on Statement {
  source {
    id
    title
    authors
    affiliation
    publisher
    publishedOn
    licence
    sha256
    url
  }
  locator {
    text
    section
    lines
    start
    end
  }
  quote
  assertion
  reliability
  rank
  property
  quantity {
    ...Amount
  }
  asOf
  recordedBy
  recordedAt
}
    fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`, {"fragmentName":"Proof"}) as unknown as TypedDocumentString<ProofFragment, unknown>;
export const BoundsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Bounds on FlowAmount {
  min
  proportional
  max
  bounds
  unit
}
    `, {"fragmentName":"Bounds"}) as unknown as TypedDocumentString<BoundsFragment, unknown>;
export const EntityPageDocument = /*#__PURE__*/ new TypedDocumentString(`
    query EntityPage($id: ID!, $lang: String!, $first: Int!, $after: String) {
  node(id: $id) {
    id
    ... on Entity {
      ...Named
      names {
        value
        lang
        role
      }
      description
      descriptionLang
      regions {
        ...Named
      }
      tags
      externalIds {
        scheme
        value
      }
      size {
        ...Amount
      }
      validFrom
      validTo
      degree
      formerIds
      datasets {
        id
        title
        synthetic
      }
      statements {
        ...Proof
      }
      relations(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...Quoted
        }
      }
      observations(first: 100) {
        totalCount
        nodes {
          id
          indicator
          quantity {
            ...Amount
          }
          period {
            from
            to
            text
          }
          statements {
            quote
          }
        }
      }
    }
    ... on Fund {
      fundType
      committed {
        ...Amount
      }
      paidIn {
        ...Amount
      }
    }
    ... on Project {
      stage
    }
    ... on Program {
      family
    }
    ... on Claim {
      claimType
    }
    ... on Region {
      level
    }
    ... on Industry {
      scheme
      code
    }
    ... on Park {
      parkType
      parkLevel: level
    }
    ... on Lab {
      labType
    }
    ... on Facility {
      facilityType
      capacity
    }
    ... on Expert {
      titleClass
      fields
    }
    ... on Company {
      listingBoard
    }
    ... on Organization {
      orgType
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Quoted on Relation {
  ...Edge
  statements {
    quote
    assertion
    reliability
  }
}
fragment Proof on Statement {
  source {
    id
    title
    authors
    affiliation
    publisher
    publishedOn
    licence
    sha256
    url
  }
  locator {
    text
    section
    lines
    start
    end
  }
  quote
  assertion
  reliability
  rank
  property
  quantity {
    ...Amount
  }
  asOf
  recordedBy
  recordedAt
}`) as unknown as TypedDocumentString<EntityPageQuery, EntityPageQueryVariables>;
export const EntityRulesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query EntityRules($id: ID!, $lang: String!) {
  rules(bearerId: $id) {
    id
    type
    base
    parts {
      label
      lower
      upper
      party {
        ...Named
      }
    }
    check {
      status
      reason(lang: $lang)
      relations {
        id
        quantity {
          ...Amount
        }
      }
    }
    statements {
      quote
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`) as unknown as TypedDocumentString<EntityRulesQuery, EntityRulesQueryVariables>;
export const LayersDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Layers($from: Selector, $to: Selector, $asOf: Date) {
  flowLayers(from: $from, to: $to, asOf: $asOf) {
    resource
    unit
    status
    relationCount
    knownCount
    total {
      ...Amount
    }
  }
}
    fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`) as unknown as TypedDocumentString<LayersQuery, LayersQueryVariables>;
export const LayerSumsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query LayerSums($asOf: Date, $after: String, $lang: String!) {
  flowLayers(asOf: $asOf) {
    resource
    unit
    status
    relations(first: 100, after: $after) {
      totalCount
      nodes {
        ...Quoted
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Quoted on Relation {
  ...Edge
  statements {
    quote
    assertion
    reliability
  }
}`) as unknown as TypedDocumentString<LayerSumsQuery, LayerSumsQueryVariables>;
export const FlowDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Flow($input: FlowInput!, $lang: String!) {
  flow(input: $input) {
    revision
    structural
    scenario
    assume
    truncatedBy
    total {
      ...Bounds
    }
    absorbed {
      ...Bounds
    }
    bySource {
      entity {
        ...Named
      }
      amount {
        ...Bounds
      }
    }
    byTarget {
      entity {
        ...Named
      }
      amount {
        ...Bounds
      }
    }
    byIndustry {
      industry {
        ...Named
      }
      amount {
        ...Bounds
      }
    }
    otherOrigins {
      entity {
        ...Named
      }
      origin
      amount {
        ...Bounds
      }
    }
    missing {
      relation {
        id
      }
      entity {
        id
      }
      reason
      detail(lang: $lang)
      question(lang: $lang)
      ask {
        ...Named
      }
      narrows
    }
    circulations {
      entities {
        ...Named
      }
      amount
      closed
    }
    sankey {
      nodes {
        id
        group
        label(lang: $lang)
        entity {
          ...Named
        }
      }
      links {
        source
        target
        amount
        circulating
        relations {
          ...Edge
        }
      }
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Bounds on FlowAmount {
  min
  proportional
  max
  bounds
  unit
}`) as unknown as TypedDocumentString<FlowQuery, FlowQueryVariables>;
export const IndicatorsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Indicators($regions: [ID!]!, $asOf: Date, $lang: String!) {
  indicators(regions: $regions, asOf: $asOf) {
    code
    regions {
      ...Named
    }
    industry {
      ...Named
    }
    value
    inRecord
    missing {
      reason
      detail(lang: $lang)
    }
    factCount
    excluded
    facts(first: 100) {
      totalCount
      nodes {
        id
      }
    }
  }
  brokerage(regions: $regions, asOf: $asOf) {
    entity {
      ...Named
    }
    coordinator
    gatekeeper
    representative
    consultant
    liaison
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}`) as unknown as TypedDocumentString<IndicatorsQuery, IndicatorsQueryVariables>;
export const RegionListDocument = /*#__PURE__*/ new TypedDocumentString(`
    query RegionList($lang: String!) {
  regions(first: 200) {
    totalCount
    nodes {
      ...Named
      degree
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}`) as unknown as TypedDocumentString<RegionListQuery, RegionListQueryVariables>;
export const BearersDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Bearers($lang: String!) {
  rules {
    id
    type
    base
    bearer {
      ...Named
    }
    parts {
      label
      lower
      upper
      party {
        ...Named
      }
    }
    check {
      status
      reason(lang: $lang)
      relations {
        id
        quantity {
          ...Amount
        }
      }
    }
  }
  relations(filter: {kinds: [LEVERAGES]}, first: 200) {
    nodes {
      from {
        ...Named
      }
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`) as unknown as TypedDocumentString<BearersQuery, BearersQueryVariables>;
export const LeverageDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Leverage($id: ID!, $lang: String!) {
  leverage(id: $id) {
    lower
    upper
    label
    input {
      ...Amount
    }
    output {
      ...Amount
    }
    missing {
      reason
      detail(lang: $lang)
    }
    inputRelation {
      id
    }
    inputObservation {
      id
    }
    outputRelation {
      id
    }
    outputObservation {
      id
    }
  }
}
    fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}`) as unknown as TypedDocumentString<LeverageQuery, LeverageQueryVariables>;
export const AllocateDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Allocate($id: ID!, $amount: Decimal!, $currency: String) {
  allocate(bearerId: $id, amount: $amount, currency: $currency) {
    currency
    rule {
      id
      base
    }
    parts {
      label
      amount
      min
      max
      party {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AllocateQuery, AllocateQueryVariables>;
export const LedgerDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Ledger($input: TraceInput!, $lang: String!) {
  ledger(input: $input) {
    rows {
      program {
        ...Named
        family
      }
      resources
      relationCount
      pathCount {
        value
        exact
      }
      endsDead
      truncatedBy
      relations(first: 100) {
        totalCount
        nodes {
          ...Quoted
        }
      }
      members {
        kind
        count {
          lower
          upper
        }
      }
      figures {
        status
        total {
          ...Amount
        }
        bothStated {
          ...Amount
        }
        originNotStated {
          ...Amount
        }
        destinationNotStated {
          ...Amount
        }
        neitherStated {
          ...Amount
        }
        totals {
          entity {
            id
          }
          observationId
          counts
        }
        relations {
          nodes {
            id
          }
        }
        stages {
          totalCount
          nodes {
            id
          }
        }
        splitNotStated {
          totalCount
        }
      }
      elsewhere {
        ...Elsewhere
      }
      notTied
      reason
      originStated
      destinationStated
      directionStated
      industryStated
      undated
      drivers
      statements {
        assertion
        reliability
        count
      }
      rules {
        id
        type
      }
    }
    leftOut {
      program {
        ...Named
      }
      reason
      elsewhere {
        ...Elsewhere
      }
      notTied
    }
  }
}
    fragment Elsewhere on Elsewhere {
  relationCount
  amounts {
    ...Amount
  }
  relations {
    nodes {
      id
    }
  }
}
fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Quoted on Relation {
  ...Edge
  statements {
    quote
    assertion
    reliability
  }
}`) as unknown as TypedDocumentString<LedgerQuery, LedgerQueryVariables>;
export const NeighbourhoodDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Neighbourhood($ids: [ID!]!, $depth: Int!, $filter: RelationFilter, $asOf: Date, $max: Int!, $lang: String!) {
  neighborhood(
    ids: $ids
    depth: $depth
    filter: $filter
    asOf: $asOf
    maxEntities: $max
  ) {
    truncated
    entities {
      ...Named
    }
    relations {
      id
      kind
      resource
      flow
      from {
        id
      }
      to {
        id
      }
    }
    hidden {
      entity {
        id
      }
      kind
      count
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}`) as unknown as TypedDocumentString<NeighbourhoodQuery, NeighbourhoodQueryVariables>;
export const ShellDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Shell {
  revision
  datasets {
    id
    title
    licence
    synthetic
    coverage
    importedAt
    entityCount
    relationCount
  }
  ontology {
    entityKinds {
      kind
    }
    relationKinds {
      kind
      structure
    }
  }
}
    `) as unknown as TypedDocumentString<ShellQuery, ShellQueryVariables>;
export const SearchDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Search($query: String!, $kinds: [EntityKind!], $first: Int!, $after: String, $lang: String!) {
  search(query: $query, kinds: $kinds, first: $first, after: $after) {
    totalCount
    edges {
      highlight
      node {
        ...Named
        description
        descriptionLang
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}`) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const NamesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Names($ids: [ID!]!, $lang: String!) {
  nodes(ids: $ids) {
    ... on Entity {
      ...Named
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}`) as unknown as TypedDocumentString<NamesQuery, NamesQueryVariables>;
export const EvidenceDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Evidence($ids: [ID!]!, $lang: String!) {
  revision
  nodes(ids: $ids) {
    __typename
    id
    ... on Entity {
      entityKind: kind
      name(lang: $lang)
      size {
        ...Amount
      }
      statements {
        ...Proof
      }
    }
    ... on Relation {
      ...Edge
      under {
        ...Named
      }
      statements {
        ...Proof
      }
    }
    ... on Observation {
      entity {
        ...Named
      }
      indicator
      observed: quantity {
        ...Amount
      }
      period {
        text
      }
      statements {
        ...Proof
      }
    }
    ... on Rule {
      bearer {
        ...Named
      }
      type
      base
      parts {
        label
        lower
        upper
        party {
          ...Named
        }
      }
      statements {
        ...Proof
      }
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Proof on Statement {
  source {
    id
    title
    authors
    affiliation
    publisher
    publishedOn
    licence
    sha256
    url
  }
  locator {
    text
    section
    lines
    start
    end
  }
  quote
  assertion
  reliability
  rank
  property
  quantity {
    ...Amount
  }
  asOf
  recordedBy
  recordedAt
}`) as unknown as TypedDocumentString<EvidenceQuery, EvidenceQueryVariables>;
export const TraceDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Trace($input: TraceInput!, $first: Int!, $after: String, $lang: String!) {
  trace(input: $input) {
    revision
    totalCount {
      value
      exact
    }
    truncated
    truncatedBy
    paths(first: $first, after: $after) {
      nodes {
        resources
        weakest
        undatedCount
        entities {
          ...Named
        }
        relations {
          ...Quoted
        }
        placements {
          ...Quoted
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    graph {
      truncated
      entities {
        ...Named
      }
      relations {
        ...Edge
      }
      hidden {
        count
      }
    }
    deadEnds(first: 200) {
      totalCount
      nodes {
        entity {
          ...Named
        }
        reached
        reasons
        arriving {
          ...Quoted
        }
      }
    }
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}
fragment Quoted on Relation {
  ...Edge
  statements {
    quote
    assertion
    reliability
  }
}`) as unknown as TypedDocumentString<TraceQuery, TraceQueryVariables>;
export const HingesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Hinges($input: TraceInput!, $lang: String!) {
  criticality(input: $input, first: 20) {
    entity {
      ...Named
    }
    relation {
      ...Edge
    }
    value
    singlePoint
    cohort
    sourceCount
    truncatedBy
  }
  robustness(trace: $input) {
    without
    holds
    pathCount {
      value
      exact
    }
    lost
    truncatedBy
  }
}
    fragment Named on Entity {
  id
  kind
  name(lang: $lang)
}
fragment Amount on Quantity {
  lower
  upper
  lowerExclusive
  unit
  basis
  status
  measure
  qualifier
  unknownReason
  originalText
  contested
}
fragment Edge on Relation {
  id
  kind
  from {
    ...Named
  }
  to {
    ...Named
  }
  resource
  flow
  quantity {
    ...Amount
  }
  share
  driver
  validFrom
  validTo
}`) as unknown as TypedDocumentString<HingesQuery, HingesQueryVariables>;