// Where the reader is: the address as state that views read, and the ways of moving in it.
import { tick } from 'svelte';
import { type Language, languageOf, readAddress, type State, type View, viewOf, writeAddress } from './address';

class Router {
  state: State = $state.raw(readAddress(location.search));
  readonly view: View = $derived(viewOf(this.state));
  readonly language: Language = $derived(languageOf(this.state, navigator.languages));

  constructor() {
    addEventListener('popstate', () => (this.state = readAddress(location.search)));
  }

  /** The state with some of it changed; an empty text takes a part away. */
  with(change: State): State {
    const next: State = { ...this.state, ...change };
    // A panel about the old answer says nothing about another one.
    const moved = Object.keys(change).some((name) => !['facts', 'lang', 'open', 'hinges', 'pages'].includes(name));
    if (moved && !('facts' in change)) delete next.facts;
    return next;
  }

  href(change: State): string {
    return writeAddress(this.with(change));
  }

  /** Moves on, so that going back leads here. */
  go(change: State): void {
    this.show(this.with(change), 'pushState');
  }

  /** Changes what is seen without a step to go back to. */
  amend(change: State): void {
    this.show(this.with(change), 'replaceState');
  }

  /** The state of a new view: what is asked goes along, what was seen of an answer stays behind. */
  toView(view: View, change: State = {}): State {
    const { open: _o, hinges: _h, pages: _p, facts: _f, id: _i, q: _q, of: _of, ...asked } = this.state;
    return { ...asked, view, ...change };
  }

  visit(state: State): void {
    this.show(state, 'pushState');
    // As when a page is loaded: the reader begins at its top.
    scrollTo(0, 0);
    void tick().then(() => document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }));
  }

  private show(next: State, way: 'pushState' | 'replaceState'): void {
    const address = writeAddress(next);
    if (address !== writeAddress(this.state)) history[way](null, '', address);
    this.state = next;
  }
}

export const router = new Router();

/** For links: a plain click moves within the page, every other click is the browser's. */
export function follow(state: () => State) {
  return (event: MouseEvent): void => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    router.visit(state());
  };
}
