import { describe, expect, it } from 'vitest';
import { languageOf, readAddress, viewOf, writeAddress } from '../src/lib/address';
import { readTokens, selector, withToken, writeTokens } from '../src/lib/selector';
import { flowInput, traceInput } from '../src/lib/questions';

describe('the address', () => {
  it('is read as it was written, and stays legible', () => {
    const state = {
      view: 'trace',
      from: 'in:region:shanghai',
      to: 'kind:INDUSTRY in:region:kunshan',
      facts: 'rel:a,rel:b',
    };
    const address = writeAddress(state);
    expect(address).toBe('?view=trace&from=in:region:shanghai&to=kind:INDUSTRY+in:region:kunshan&facts=rel:a,rel:b');
    expect(readAddress(address)).toEqual(state);
  });
  it('takes what it does not know for nothing', () => {
    expect(readAddress('?view=trace&evil=1&from=')).toEqual({ view: 'trace' });
    expect(viewOf({ view: 'nowhere' })).toBe('ledger');
  });
  it('takes any text back', () => {
    const state = { q: '100% 沪昆 & <script>=+#' };
    expect(readAddress(writeAddress(state))).toEqual(state);
  });
  it('has a language, else the reader has', () => {
    expect(languageOf({ lang: 'en' }, ['zh-CN'])).toBe('en');
    expect(languageOf({}, ['fr', 'zh-TW', 'en'])).toBe('zh');
    expect(languageOf({}, ['fr'])).toBe('en');
  });
});

describe('a selector', () => {
  it('joins one sort by OR and the sorts by AND', () => {
    expect(selector('kind:INDUSTRY kind:PROJECT in:region:kunshan tag:cohort')).toEqual({
      kinds: ['INDUSTRY', 'PROJECT'],
      regionId: 'region:kunshan',
      tags: ['cohort'],
    });
    expect(selector('')).toBeUndefined();
    expect(selector('nonsense more:nonsense')).toBeUndefined();
  });
  it('keeps a blank within a tag', () => {
    const tokens = [{ sort: 'tag', value: 'a b%' }] as const;
    expect(readTokens(writeTokens(tokens))).toEqual(tokens);
  });
  it('has one region', () => {
    const tokens = withToken(readTokens('in:region:a id:fund:b'), { sort: 'in', value: 'region:c' });
    expect(writeTokens(tokens)).toBe('id:fund:b in:region:c');
  });
});

describe('a question', () => {
  const ends = { from: 'in:region:a', to: 'in:region:b' };
  it('is asked when both ends are there', () => {
    expect(traceInput({ from: 'in:region:a' })).toBeUndefined();
    expect(traceInput(ends)).toEqual({ from: { regionId: 'region:a' }, to: { regionId: 'region:b' } });
  });
  it('says only what differs from what the API assumes', () => {
    expect(
      traceInput({ ...ends, length: '6', resources: 'CAPITAL,TALENT', unstated: '1', assertions: 'STATED' }),
    ).toEqual({
      from: { regionId: 'region:a' },
      to: { regionId: 'region:b' },
      resources: ['CAPITAL', 'TALENT'],
      includeUnstated: true,
      evidence: { assertions: ['STATED'] },
    });
  });
  it('of a flow needs a layer', () => {
    expect(flowInput(ends)).toBeUndefined();
    expect(flowInput({ ...ends, layer: 'CAPITAL.CNY.REALISED', scenario: 'LOWER' })).toMatchObject({
      resource: 'CAPITAL',
      unit: 'CNY',
      status: 'REALISED',
      scenario: 'LOWER',
    });
  });
});
