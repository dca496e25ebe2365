// A layer of amounts: one resource, one unit, one status.
import type { LayersQuery } from '../../graphql/generated';
import type { Language } from '../../lib/address';
import { unitName } from '../../lib/amounts';
import { label } from '../../lib/words';
import RESOURCES from 'vocabulary:Resource';
import STATUSES from 'vocabulary:QuantityStatus';

export type Layer = LayersQuery['flowLayers'][number];
type Key = Pick<Layer, 'resource' | 'unit' | 'status'>;

/** As the address has it: `CAPITAL.CNY.REALISED`. */
export const codeOf = ({ resource, unit, status }: Key): string => [resource, unit, status].join('.');

export function nameOf({ resource, unit, status }: Key, language: Language): string {
  const names = [label(RESOURCES, resource, language), unitName(unit, language), label(STATUSES, status, language)];
  return names.join(' · ');
}
