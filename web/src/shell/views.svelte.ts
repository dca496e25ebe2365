// The views: the first screen comes with the page, every other view when it is opened.
import { type Component, untrack } from 'svelte';
import type { View } from '../lib/address';
import { router } from '../lib/router.svelte';
import Ledger from '../views/Ledger.svelte';

const IMPORTS: Record<Exclude<View, 'ledger'>, () => Promise<{ default: Component }>> = {
  trace: () => import('../views/Trace.svelte'),
  flow: () => import('../views/Flow.svelte'),
  network: () => import('../views/Network.svelte'),
  entity: () => import('../views/Entity.svelte'),
  indicators: () => import('../views/Indicators.svelte'),
  api: () => import('../views/Api.svelte'),
};

export class ViewLoader {
  private loaded: Partial<Record<View, Component>> = $state.raw({ ledger: Ledger });
  /** Whether the view could not be loaded. */
  failed = $state(false);
  /** The view of the address; undefined until it is loaded. */
  readonly component = $derived(this.loaded[router.view]);

  constructor() {
    $effect(() => {
      const { view } = router;
      if (view === 'ledger' || untrack(() => this.loaded[view])) return;
      this.failed = false;
      IMPORTS[view]()
        .then((module) => (this.loaded = { ...this.loaded, [view]: module.default }))
        .catch(() => (this.failed = true));
    });
  }
}
