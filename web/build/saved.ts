import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const NAME = 'virtual:saved-questions';

/**
 * The heads of the saved questions as a module. The first screen needs what they are called and where they are seen;
 * the questions themselves come when they are looked at.
 */
export function savedQuestions(directory: string): Plugin {
  return {
    name: 'saved-questions',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const files = readdirSync(directory)
        .filter((file) => file.endsWith('.graphql'))
        .sort();
      const heads = files.map((file) => {
        this.addWatchFile(join(directory, file));
        return { name: file.replace('.graphql', ''), ...head(file, readFileSync(join(directory, file), 'utf8')) };
      });
      return `export default ${JSON.stringify(heads)}`;
    },
  };
}

function head(file: string, text: string): { zh: string; en: string; view: string | undefined } {
  const line = (key: string) => new RegExp(`^# ${key}: (.+)$`, 'm').exec(text)?.[1]?.trim();
  const [zh, en] = [line('title.zh'), line('title.en')];
  if (!zh || !en) throw new Error(`${file}: a saved question begins with "# title.zh: …" and "# title.en: …"`);
  return { zh, en, view: line('view') };
}
