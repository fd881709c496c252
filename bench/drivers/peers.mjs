// Where JavaScript peers are found: in ../peers, which has a package.json of its own.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const folder = new URL('../peers/', import.meta.url);
export const load = createRequire(new URL('package.json', folder));

const manifest = (name) => new URL(`node_modules/${name}/package.json`, folder);
export const isInstalled = (name) => fs.existsSync(manifest(name));
export const version = (name) => JSON.parse(fs.readFileSync(manifest(name), 'utf8')).version;
