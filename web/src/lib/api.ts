// The one way to the API: questions go out as GraphQL over HTTP, failures come back in words of the page's own.
import { type AnyVariables, Client, type CombinedError, fetchExchange } from '@urql/core';
import type { TypedDocumentString } from '../graphql/generated';

/** Why there is no answer. */
export type Failure =
  | { readonly sort: 'away'; readonly message: string }
  | { readonly sort: 'key'; readonly message: string }
  | { readonly sort: 'refused'; readonly code: string; readonly message: string };

export type Answer<T> =
  { readonly data: T; readonly failure?: undefined } | { readonly data?: undefined; readonly failure: Failure };

const KEY = 'hukun.key';

const client = new Client({
  url: new URL('graphql', document.baseURI).href,
  exchanges: [fetchExchange],
  requestPolicy: 'network-only',
  preferGetMethod: false,
  fetchOptions: () => requestOptions(),
});

/** What every request of the page says of who asks. */
export function requestOptions(): RequestInit {
  const key = sessionStorage.getItem(KEY);
  return { credentials: 'same-origin', headers: new Headers(key ? { authorization: `Bearer ${key}` } : {}) };
}

/** Kept for the session of this tab alone. */
export function setKey(key: string): void {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** Answers kept for going back; the oldest goes first. */
const answers = new Map<string, unknown>();
const ANSWERS_MAX = 60;

export type Document<T, V> = TypedDocumentString<T, V>;

/** Asks, or takes the answer that was given before. */
export async function ask<T, V>(document: Document<T, V>, variables: V): Promise<Answer<T>> {
  const name = `${document.toString()}\n${JSON.stringify(variables)}`;
  if (answers.has(name)) return { data: answers.get(name) as T };
  const answer = (await askText(document.toString(), variables)) as Answer<T>;
  if (answer.failure) return answer;
  answers.set(name, answer.data);
  if (answers.size > ANSWERS_MAX) answers.delete(answers.keys().next().value!);
  return answer;
}

/** Asks a question of which no type is known. */
export async function askText(query: string, variables: unknown): Promise<Answer<unknown>> {
  const result = await client.query<unknown>(query, variables as AnyVariables).toPromise();
  return result.error || !result.data ? { failure: failureOf(result.error) } : { data: result.data };
}

/** Forgets what was answered, to ask again. */
export function forget(): void {
  answers.clear();
}

function failureOf(error: CombinedError | undefined): Failure {
  const [first] = error?.graphQLErrors ?? [];
  const code = first?.extensions.code;
  if (!first || typeof code !== 'string') {
    const response = error?.response as Response | undefined;
    return {
      sort: response?.status === 401 ? 'key' : 'away',
      message: error?.networkError?.message ?? error?.message ?? '',
    };
  }
  return code === 'UNAUTHENTICATED'
    ? { sort: 'key', message: first.message }
    : { sort: 'refused', code, message: first.message };
}
