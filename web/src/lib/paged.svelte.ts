// A list that grows: its first page comes with an answer, each further one when the reader asks for it.

export interface ListPage<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export class PagedList<T> {
  private readonly first: () => ListPage<T> | undefined;
  private readonly next: (after: string) => Promise<ListPage<T> | undefined>;
  private readonly start = $derived.by(() => this.first());
  /** All that was loaded; begins anew with another first page. */
  items: readonly T[] = $derived.by(() => this.start?.nodes ?? []);
  /** The page that was loaded last. */
  private last = $derived.by(() => this.start);

  constructor(first: () => ListPage<T> | undefined, next: (after: string) => Promise<ListPage<T> | undefined>) {
    this.first = first;
    this.next = next;
  }

  get hasMore(): boolean {
    return cursorOf(this.last) !== null;
  }

  readonly loadMore = async (): Promise<void> => {
    const { start } = this;
    const cursor = cursorOf(this.last);
    if (cursor === null) return;
    const page = await this.next(cursor);
    // The question may have changed meanwhile; then this page is of another list.
    if (!page || this.start !== start) return;
    this.items = [...this.items, ...page.nodes];
    this.last = page;
  };
}

function cursorOf(page: ListPage<unknown> | undefined): string | null {
  return page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
}
