import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const LINES_MAX = 150;
const CHARACTERS_MAX = 120;

/** The same as in `.prettierignore`: nobody writes a line of these. */
const GENERATED = ['package-lock.json', 'src/graphql/generated.ts'];
const FOLDERS = ['src', 'tests', 'build'];
const SOURCE = /\.(ts|svelte|js|css|html|json|graphql|svg)$/;

const files = [
  ...readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : [])),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ),
].filter((name) => SOURCE.test(name) && !GENERATED.includes(name));
const linesOf = (name: string): string[] => readFileSync(join(ROOT, name), 'utf8').trimEnd().split('\n');

describe('sources', () => {
  const components = files.filter((name) => name.endsWith('.svelte'));

  it('are all there', () => {
    expect(components.length).toBeGreaterThan(50);
    expect(files).toContain('eslint.config.js');
    expect(files).toContain('src/lib/words.ts');
  });
  it(`have components of at most ${LINES_MAX} lines: split a longer one by what it shows`, () => {
    expect(components.filter((name) => linesOf(name).length > LINES_MAX)).toEqual([]);
  });
  it(`have lines of at most ${CHARACTERS_MAX} characters`, () => {
    const long = files.flatMap((name) =>
      linesOf(name).flatMap((line, index) => ([...line].length > CHARACTERS_MAX ? [`${name}:${index + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });
});
