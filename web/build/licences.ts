import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

/** Writes the licences of all that went into the pages to `assets/LICENSES.txt`: most ask for no more, and no less. */
export function licences(): Plugin {
  const packages = new Map<string, string>();
  return {
    name: 'licences',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of Object.keys(chunk.modules)) {
          const home = packageOf(id);
          if (home) packages.set(home, notice(home));
        }
      }
      const names = [...packages.keys()].sort();
      const source = names.map((home) => packages.get(home)).join(`\n${'-'.repeat(78)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'assets/LICENSES.txt', source });
    },
  };
}

/** The directory of the package that a module is of. */
function packageOf(id: string): string | undefined {
  const path = id.replace(/^\0/, '').split('?')[0] ?? '';
  const inner = path.lastIndexOf('/node_modules/');
  if (inner < 0) return undefined;
  const [first = '', second = ''] = path.slice(inner + '/node_modules/'.length).split('/');
  return join(path.slice(0, inner), 'node_modules', first.startsWith('@') ? `${first}/${second}` : first);
}

function notice(home: string): string {
  const manifest = join(home, 'package.json');
  if (!existsSync(manifest)) return dirname(home);
  const { name, version, license, author } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
  const file = readdirSync(home).find((entry) => /^licen[cs]e/i.test(entry));
  const by = typeof author === 'string' ? author : ((author as { name?: string } | undefined)?.name ?? '');
  const text = file ? readFileSync(join(home, file), 'utf8').trim() : `${String(license)}${by ? `, ${by}` : ''}`;
  return `${String(name)} ${String(version)} (${String(license)})\n\n${text}\n`;
}
