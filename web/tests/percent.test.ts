import { expect, it } from 'vitest';
import { percent } from '../src/lib/amounts';

it('a part of 1 is a percentage', () => {
  expect(['0.2', '0.25', '0.125', '1', '0', '0.05'].map(percent)).toEqual(['20%', '25%', '12.5%', '100%', '0%', '5%']);
});
