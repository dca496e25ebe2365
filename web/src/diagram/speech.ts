// What is written at a band and what is read aloud for it.
import { say, sayLabel } from '../lib/say.svelte';
import type { Link, Node } from './model';
import RESOURCES from 'vocabulary:Resource';

/** The name of a band: short, for it stands in the drawing. */
export const bandName = ({ name, known, amount }: Link): string => `${name} ${known === 'none' ? '?' : amount}`.trim();

/** A band in a sentence, between nodes with these labels. */
export function bandSpeech(link: Link, labels: ReadonlyMap<string, string>): string {
  const resource = link.resource ? `, ${sayLabel(RESOURCES, link.resource)}` : '';
  const round = link.circulating ? `, ${say('circulating')}` : '';
  const [source = '', target = ''] = [labels.get(link.source), labels.get(link.target)];
  return `${source} → ${target}: ${link.name} ${link.amount}${resource}${round}`;
}

/** Why nothing leads on from a node. */
export const endsOf = ({ ends }: Node): string => ends.join(say('comma'));

export const nodeSpeech = (node: Node): string =>
  node.label + (node.ends.length ? `, ${say('deadEnd')}: ${endsOf(node)}` : '');
