// Colours that stand for something. Each is at least 4.5:1 on white, so that a thin line is seen as well.
import type { Resource } from '../graphql/generated';

export const INK = '#1d2733';
export const MUTED = '#5a6673';

const RESOURCES: Record<Resource, string> = {
  CAPITAL: '#8a6414',
  TALENT: '#22688f',
  TECHNOLOGY: '#5a4a9c',
  COMPUTE: '#1d7468',
  SERVICE: '#75574a',
  TAX: '#a0452c',
  ENTERPRISE: '#49722a',
  DEMAND: '#9c3a6b',
};

export const resourceColor = (resource: Resource | null): string => (resource ? RESOURCES[resource] : '#66707b');

const KINDS: Record<string, string> = {
  REGION: '#3b4a5a',
  INDUSTRY: '#1d7468',
  PARK: '#49722a',
  UNIVERSITY: '#5a4a9c',
  LAB: '#7a63b8',
  FACILITY: '#22688f',
  FUND: '#8a6414',
  EXPERT: '#2f7fa8',
  PROJECT: '#a0452c',
  COMPANY: '#b0612b',
  ORGANIZATION: '#66707b',
  PROGRAM: '#9c3a6b',
  CLAIM: '#75574a',
};

export const kindColor = (kind: string): string => KINDS[kind] ?? '#66707b';

/** A colour mixed with the paper's white, of which so much is left: many crossing lines must not become a patch. */
export function mixWithWhite(colour: string, left: number): string {
  const parts = [1, 3, 5].map((at) => Math.round(255 - (255 - parseInt(colour.slice(at, at + 2), 16)) * left));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
