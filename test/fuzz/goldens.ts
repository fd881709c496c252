import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository, from the bundle, which is in build/. */
const root = path.join(__dirname, '..');

export const goldens = <T>(name: string): T => JSON.parse(readFileSync(path.join(root, `test/goldens/${name}.json`), 'utf8')) as T;

export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(root, 'test/fixtures', name)));

/** Bytes of their own buffer. */
export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
