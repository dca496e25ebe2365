// The address is the state: what is seen can be reloaded, gone back to, shared and cited.

export const VIEWS = ['ledger', 'trace', 'flow', 'network', 'entity', 'indicators', 'api'] as const;
export type View = (typeof VIEWS)[number];
export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The conditions of a question about a way from one end to another. */
export const CONDITIONS = [
  'resources',
  'asOf',
  'undated',
  'assertions',
  'reliabilities',
  'unstated',
  'conversion',
  'length',
  'mode',
] as const;

/** All that an address may hold. A name that is not here is no state, and is dropped. */
export const PARAMETERS = [
  'view',
  'lang',
  // What is asked.
  'from',
  'to',
  ...CONDITIONS,
  'layer',
  'group',
  'scenario',
  'assume',
  'regions',
  'id',
  'centre',
  'depth',
  'kinds',
  'structure',
  'bearer',
  'amount',
  'q',
  'of',
  // What is seen of the answer.
  'open',
  'hinges',
  'pages',
  'facts',
] as const;
export type Parameter = (typeof PARAMETERS)[number];
export type State = Partial<Record<Parameter, string>>;

export function readAddress(search: string): State {
  const given = new URLSearchParams(search);
  const state: State = {};
  for (const name of PARAMETERS) {
    const value = given.get(name);
    if (value) state[name] = value;
  }
  return state;
}

/** The shortest address of a state, in a fixed order, so that equal states have equal addresses. */
export function writeAddress(state: State): string {
  const pairs = PARAMETERS.flatMap((name) => {
    const value = state[name];
    return value ? [`${name}=${encode(value)}`] : [];
  });
  return pairs.length ? `?${pairs.join('&')}` : './';
}

/** What may stand in a query as it is stays legible: an address is read by people too. */
function encode(value: string): string {
  return encodeURIComponent(value)
    .replace(/%(?:3A|2C|2F|40)/g, decodeURIComponent)
    .replace(/%20/g, '+');
}

export function viewOf(state: State): View {
  return VIEWS.find((view) => view === state.view) ?? 'ledger';
}

export function languageOf(state: State, preferred: readonly string[]): Language {
  const chosen = LANGUAGES.find((language) => language === state.lang);
  if (chosen) return chosen;
  const known = preferred.map((tag) => LANGUAGES.find((language) => tag.toLowerCase().startsWith(language)));
  return known.find((language) => language !== undefined) ?? 'en';
}

export function listOf(value: string | undefined): string[] {
  return value ? value.split(',').filter(Boolean) : [];
}
