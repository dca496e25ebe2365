// The question behind each view, from the state alone: what a view asks is what "Data and API" shows.
import type {
  Assertion,
  EvidenceFilter,
  FlowInput,
  Reliability,
  RelationKind,
  Resource,
  QuantityStatus,
  TraceInput,
} from '../graphql/generated';
import {
  EntityPageDocument,
  FlowDocument,
  IndicatorsDocument,
  LayersDocument,
  LedgerDocument,
  NeighbourhoodDocument,
  SearchDocument,
  TraceDocument,
} from '../graphql/generated';
import { type Language, listOf, type State, type View } from './address';
import { selector } from './selector';

export const PATHS_A_PAGE = 100;
export const NETWORK_FIRST = 300;
export const NETWORK_MAX = 2000;
export const ENTITY_RELATIONS = 100;
const LENGTH = 6;

export function evidenceOf(state: State): EvidenceFilter | undefined {
  const assertions = listOf(state.assertions) as Assertion[];
  const reliabilities = listOf(state.reliabilities) as Reliability[];
  if (!assertions.length && !reliabilities.length) return undefined;
  return { ...(assertions.length && { assertions }), ...(reliabilities.length && { reliabilities }) };
}

/** A trace between what is picked; undefined until both ends are. */
export function traceInput(state: State): TraceInput | undefined {
  const from = selector(state.from ?? '');
  const to = selector(state.to ?? '');
  if (!from || !to) return undefined;
  const resources = listOf(state.resources) as Resource[];
  const evidence = evidenceOf(state);
  const length = Number(state.length);
  return {
    from,
    to,
    ...(resources.length && { resources }),
    ...(state.asOf && { asOf: state.asOf }),
    ...(state.undated && { undated: 'EXCLUDE' as const }),
    ...(evidence && { evidence }),
    ...(state.unstated && { includeUnstated: true }),
    ...(state.conversion && { conversion: 'ANY' as const }),
    ...(Number.isInteger(length) && length > 0 && length !== LENGTH && { maxLength: length }),
    ...(state.mode && { mode: 'SHORTEST' as const }),
  };
}

/** The layer as the address has it: `CAPITAL.CNY.REALISED`. */
export function layerOf(state: State): { resource: Resource; unit: string; status: QuantityStatus } | undefined {
  const [resource, unit, status] = (state.layer ?? '').split('.');
  return resource && unit && status
    ? { resource: resource as Resource, unit, status: status as QuantityStatus }
    : undefined;
}

export function flowInput(state: State): FlowInput | undefined {
  const from = selector(state.from ?? '');
  const to = selector(state.to ?? '');
  const layer = layerOf(state);
  if (!from || !to || !layer) return undefined;
  const evidence = evidenceOf(state);
  return {
    from,
    to,
    ...layer,
    ...(state.asOf && { asOf: state.asOf }),
    ...(state.undated && { undated: 'EXCLUDE' as const }),
    ...(evidence && { evidence }),
    ...((state.scenario === 'LOWER' || state.scenario === 'UPPER') && { scenario: state.scenario }),
    ...(state.assume && { assume: 'EQUAL_SPLIT' as const }),
    ...((state.group === 'KIND' || state.group === 'REGION') && { groupBy: state.group }),
  };
}

/** A question of which it does not matter what is asked. */
export interface AnyQuestion {
  readonly document: { toString(): string };
  readonly variables: unknown;
}
type Asking = (state: State, lang: Language) => AnyQuestion | undefined;

export const ledgerQuestion = (state: State, lang: Language) => {
  const input = traceInput(state);
  return input && { document: LedgerDocument, variables: { input, lang } };
};

export const traceQuestion = (state: State, lang: Language) => {
  const input = traceInput(state);
  const first = PATHS_A_PAGE * Math.max(1, Math.min(10, Number(state.pages) || 1));
  return input && { document: TraceDocument, variables: { input, first, lang } };
};

export const layersQuestion = (state: State) => {
  const from = selector(state.from ?? '');
  const to = selector(state.to ?? '');
  return {
    document: LayersDocument,
    variables: { ...(from && { from }), ...(to && { to }), ...(state.asOf && { asOf: state.asOf }) },
  };
};

export const flowQuestion = (state: State, lang: Language) => {
  const input = flowInput(state);
  return input && { document: FlowDocument, variables: { input, lang } };
};

/** The centre, and what the reader opened beside it, are one question: the same address gives the same graph. */
export const networkQuestion = (state: State, lang: Language, carrying: readonly string[]) => {
  const ids = [...new Set([...listOf(state.centre), ...listOf(state.open)])];
  if (!ids.length) return undefined;
  const filter = !state.structure && carrying.length ? { kinds: carrying as RelationKind[] } : undefined;
  const max = listOf(state.open).length ? NETWORK_MAX : NETWORK_FIRST;
  return {
    document: NeighbourhoodDocument,
    variables: {
      ids,
      depth: depthOf(state),
      max,
      lang,
      ...(filter && { filter }),
      ...(state.asOf && { asOf: state.asOf }),
    },
  };
};

export function depthOf(state: State): number {
  const depth = Number(state.depth ?? 1);
  return [0, 1, 2, 3].includes(depth) ? depth : 1;
}

export const entityQuestion = (state: State, lang: Language) =>
  state.id ? { document: EntityPageDocument, variables: { id: state.id, lang, first: ENTITY_RELATIONS } } : undefined;

export const searchQuestion = (state: State, lang: Language) =>
  state.q && !state.id ? { document: SearchDocument, variables: { query: state.q, lang, first: 50 } } : undefined;

export const indicatorsQuestion = (state: State, lang: Language) => {
  const regions = listOf(state.regions);
  return regions.length
    ? { document: IndicatorsDocument, variables: { regions, lang, ...(state.asOf && { asOf: state.asOf }) } }
    : undefined;
};

export function questionOf(
  view: View,
  state: State,
  lang: Language,
  carrying: readonly string[],
): AnyQuestion | undefined {
  const asking: Record<Exclude<View, 'api'>, Asking> = {
    ledger: ledgerQuestion,
    trace: traceQuestion,
    flow: flowQuestion,
    network: (given, language) => networkQuestion(given, language, carrying),
    entity: (given, language) => entityQuestion(given, language) ?? searchQuestion(given, language),
    indicators: indicatorsQuestion,
  };
  return view === 'api' ? undefined : asking[view](state, lang);
}
