import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

// NumPy's own files: goldens/make-npy.py makes them.

export interface Case {
  name: string;
  file: string;
  shape: number[];
  values: number[] | null;
}
export const kindsOfNpz = ['stored', 'deflated', 'zip64', 'zip64, deflated', 'streamed'] as const;

interface Goldens {
  cases: Case[];
  refused: Case[];
  npz: { arrays: Record<string, { shape: number[]; values: number[] }> } & Record<(typeof kindsOfNpz)[number], string>;
  bomb: string;
}
export const goldens = JSON.parse(readFileSync(path.join(__dirname, '../goldens/npy.json'), 'utf8')) as Goldens;
export const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

export const format = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) });
