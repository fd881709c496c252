import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Files of the build that go into pages. */
export type Asset = 'client.js' | 'form.js' | 'page.css';

/** They are found from the package's root, so that the sources under test find the built ones, too. */
const root = path.dirname(createRequire(__filename).resolve('chainrule/package.json'));
const read = new Map<Asset, string>();

export function asset(name: Asset): string {
  const known = read.get(name) ?? readFileSync(path.join(root, 'dist/cli/page', name), 'utf8').trim();
  read.set(name, known);
  return known;
}

/** The source expression of a Content-Security-Policy that allows exactly this text. */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
