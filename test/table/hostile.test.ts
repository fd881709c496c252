import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { toNpy } from '../../lib/index';
import { readTable } from '../../lib/tabular/index';
import { RandomNumbers } from '../support/random-numbers';

// Whatever the bytes are: a table, or an error with a code.

const seeds: Uint8Array[] = [
  Buffer.from('a,b,c\n1,"x, ""y""",2026-01-01\n2,z,2026-01-02T10:00Z\n'),
  Buffer.from('# c\r\na;b\r\n1,5;"x\r\ny"\r\n01;\r\n'),
  Buffer.from('{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n'),
  Buffer.from('[{"a": 1}, {"a": 2}]'),
  Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'),
  gzipSync('a,b\n1,2\n3,4\n'),
  toNpy([
    [1, 2],
    [3, 4],
  ]),
];

function changed(bytes: Uint8Array, random: RandomNumbers): Uint8Array {
  const all = [...bytes];
  for (let change = random.below(8); change >= 0; change--) {
    const at = random.below(all.length + 1);
    const kind = random.below(4);
    const byte = random.next() < 0.5 ? random.below(256) : random.pick([...Buffer.from('",;\t|\r\n#\'{}[]0.e-')]);
    if (kind === 0) all.splice(at, 1 + random.below(5));
    else if (kind === 1) all.splice(at, 0, byte);
    else if (kind === 2) all.splice(at, 0, ...all.slice(random.below(all.length + 1)));
    else all[at] = byte;
  }
  return Uint8Array.from(all.slice(0, 1000));
}

test('changed and random files', async () => {
  const random = new RandomNumbers(11);
  let tables = 0;
  for (let trial = 0; trial < 3000; trial++) {
    const random_ = () => Uint8Array.from({ length: random.below(60) }, () => random.below(random.next() < 0.5 ? 256 : 64));
    const bytes = random.next() < 0.1 ? random_() : changed(random.pick(seeds), random);
    const decimal = random.pick(['.', ','] as const);
    try {
      const table = await readTable({ bytes }, { decimal });
      tables++;
      for (let row = 0; row < table.rows; row++) table.record(row);
      for (const column of table.columns) {
        if ('codes' in column) for (const code of column.codes) if (code < -1 || code >= column.categories.length) expect.fail(`${code}`);
      }
    } catch (error) {
      if (!(error instanceof Error) || !String((error as { code?: unknown }).code).startsWith('ERR_CHAINRULE_')) {
        expect.fail(`${Buffer.from(bytes).toString('base64')}: ${(error as Error).stack}`);
      }
    }
  }
  expect(tables).toBeGreaterThan(200);
});

test('a column whose texts all have one length and differ in one character', async () => {
  const lines = Array.from({ length: 40_000 }, (_, index) => `${String.fromCodePoint(0x4e00 + (index % 20_000))},1.5`);
  expect((await readTable({ text: `c,n\n${lines.join('\n')}` })).column('c')).toMatchObject({ type: 'category' });
});
