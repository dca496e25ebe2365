import { describe, expect, it } from 'vitest';
import { type ListPage, PagedList } from '../src/lib/paged.svelte';

const page = (nodes: number[], endCursor: string | null): ListPage<number> => ({
  nodes,
  pageInfo: { hasNextPage: endCursor !== null, endCursor },
});

describe('a list that grows', () => {
  it('begins with its first page and asks for each next one after the last', async () => {
    const pages = new Map([
      ['a', page([3], 'b')],
      ['b', page([4], null)],
    ]);
    const first = page([1, 2], 'a');
    const list = new PagedList(
      () => first,
      (after) => Promise.resolve(pages.get(after)),
    );
    expect([list.items, list.hasMore]).toEqual([[1, 2], true]);
    await list.loadMore();
    expect([list.items, list.hasMore]).toEqual([[1, 2, 3], true]);
    await list.loadMore();
    expect([list.items, list.hasMore]).toEqual([[1, 2, 3, 4], false]);
    await list.loadMore();
    expect(list.items).toEqual([1, 2, 3, 4]);
  });
  it('stays as it is where the next page does not come', async () => {
    const first = page([1], 'a');
    const list = new PagedList(
      () => first,
      () => Promise.resolve(undefined),
    );
    await list.loadMore();
    expect([list.items, list.hasMore]).toEqual([[1], true]);
  });
  it('is empty without an answer', () => {
    const list = new PagedList<number>(
      () => undefined,
      () => Promise.resolve(undefined),
    );
    expect([list.items, list.hasMore]).toEqual([[], false]);
  });
});
