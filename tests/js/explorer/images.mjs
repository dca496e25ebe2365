// Pictures of every view for the documentation: `make images`.

import { join } from 'node:path';
import { VIEWS } from './access.mjs';

const PHONE = { width: 390, height: 844 };

export function images({ kunshan }, directory) {
  const shot = (name, path, settings = {}) => ({
    name,
    origin: kunshan,
    settings: { width: 1200, height: 760, ...settings },
    run: async ({ page, open }) => {
      await open(`/${path}`);
      if (path.includes('view=network')) await page.locator('[data-layout-ms]').waitFor();
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(directory, `${name}.png`) });
    },
  });
  return [
    ...['ledger', 'trace', 'evidence', 'flow', 'network', 'entity', 'indicators', 'api'].map((name) => shot(name, `${VIEWS[name]}&lang=zh`)),
    shot('trace-en', `${VIEWS.trace}&lang=en`),
    shot('ledger-phone', '?view=ledger&from=in:region:shanghai&to=in:region:kunshan&lang=zh', PHONE),
  ];
}
