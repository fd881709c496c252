import { describe, expect, test } from 'vitest';
import { atOnce } from '../../lib/event-loop';
import { JsonError, parsingEntries, parsingJson } from '../../lib/formats/json-reader';
import { RandomNumbers } from '../support/random-numbers';

const limits = { depth: 8, values: 10_000, entries: 100 };
const parse = (text: string | Uint8Array) => atOnce(parsingJson(Buffer.from(text as string), limits));

const texts = [
  ...[
    '1',
    '-0',
    '0',
    '12.5e-3',
    '1E5',
    '123456789012345678901234567890',
    '-1e308',
    '1e999',
    'true',
    'false',
    'null',
    '""',
    '"a"',
    '[]',
    '{}',
  ],
  ...['[1,2,[3,[]],{}]', '{"a":{"b":[{"c":null}]},"d":"e"}', ' \n\t\r{ "a" : [ 1 , 2 ] , "b" : { } } \n'],
  ...[
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000"',
    '"ä€😀"',
    '{"\\u0061":1}',
    '{"__proto__":{"a":1},"constructor":2}',
  ],
  ...[
    '[1 2]',
    '[1,]',
    '[,1]',
    '{"a":1,}',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    "{'a':1}",
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '--1',
    'nul',
    'True',
    'NaN',
    'Infinity',
  ],
  ...[
    '',
    ' ',
    '[',
    ']',
    '{',
    '}',
    '[}',
    '{]',
    '"',
    '"a',
    '"\\',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\n"',
    '"\u0001"',
    '[1]]',
    '{}{}',
    '1 1',
    '\ufeff{}',
    '-',
    '"a"b',
  ],
];

/** The value, and the order of keys. */
const outcome = (read: () => unknown) => {
  try {
    return JSON.stringify(read());
  } catch {
    return 'refused';
  }
};

test.each(texts)('as JSON.parse: %j', (text) => {
  expect(outcome(() => parse(text))).toBe(outcome(() => JSON.parse(text)));
});

test('as JSON.parse, whatever is changed in a text', () => {
  const random = new RandomNumbers(7);
  const text = '{"a":[1,-2.5e3,"x\\n\\u00e9y",true],"b":{"c":null,"d":["",{}]},"é":" "}';
  const letters = '{}[]",:\\u0e1-+. tnäx';
  let accepted = 0;
  for (let round = 0; round < 20_000; round++) {
    const at = random.below(text.length);
    const length = random.below(3);
    const changed = text.slice(0, at) + random.pick([...letters, '']) + text.slice(at + length);
    const expected = outcome(() => JSON.parse(changed));
    const found = outcome(() => parse(changed));
    if (found !== expected)
      expect({ changed, found: 'refused', why: why(changed) }).toEqual({ changed, found, why: 'has the same key twice' });
    if (found !== 'refused') accepted++;
  }
  expect(accepted).toBeGreaterThan(500);
});

function why(text: string): string {
  try {
    parse(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('refused, other than by JSON.parse', () => {
  test.each([
    ['a key twice', '{"a":1,"b":{},"a":2}', 'has the same key twice'],
    ['a key twice, spelt differently', '{"a":1,"\\u0061":2}', 'has the same key twice'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'has the same key twice'],
    ['a lone surrogate', '"\\ud800"', 'is not JSON'],
    ['surrogates the wrong way round', '"\\ude00\\ud83d"', 'is not JSON'],
    ['arrays nested too deep', '['.repeat(9) + ']'.repeat(9), 'is nested deeper than 8 levels'],
    ['objects nested too deep', '{"a":'.repeat(9), 'is nested deeper than 8 levels'],
    ['many brackets', '['.repeat(1e6), 'is nested deeper than 8 levels'],
    ['too many values', `[${'1,'.repeat(10_000)}1]`, 'has more than 10000 values'],
    [
      'an object of too many keys',
      `{${Array.from({ length: 8193 }, (_, i) => `"k${i}":0`).join()}}`,
      'has an object of more than 8192 entries',
    ],
    ['a long key', `{"${'a'.repeat(5000)}":1}`, 'has a text or key of more than 4096 bytes'],
    ['a long number', '1'.repeat(1000), 'is not JSON'],
    ['much white space', `[${' '.repeat(1e5)}1]`, 'has more than 65536 bytes of white space between two values'],
    ['a text that is too long', `"${'a'.repeat(2 ** 25 + 1)}"`, 'has a text or key of more than 33554432 bytes'],
  ])('%s', (_, text, message) => {
    expect(() => parse(text)).toThrow(new JsonError(message));
  });

  test('bytes that are not UTF-8', () => {
    for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xff]]) {
      expect(() => parse(Uint8Array.from(bytes))).toThrow(new JsonError('is not JSON'));
    }
  });

  test('as entries, what is no object', () => {
    const entries = (text: string) => atOnce(parsingEntries(Buffer.from(text), limits));
    for (const text of ['[1]', 'null', '', ' {}']) expect(() => entries(text)).toThrow(new JsonError('is not an object'));
    expect([...entries('{"b":1,"__proto__":{"a":2}}')]).toEqual([
      ['b', 1],
      ['__proto__', { a: 2 }],
    ]);
    const many = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":{"a":0}`).join()}}`;
    expect(entries(many(100)).size).toBe(100);
    expect(() => entries(many(101))).toThrow(new JsonError('has an object of more than 100 entries'));
    expect(() => entries('{"b":1,"b":1}')).toThrow(new JsonError('has the same key twice'));
  });
});

test('long texts, with and without escapes, cut between pieces anywhere', () => {
  for (const unit of ['a', '\\"', 'ä', '😀', '\\ud83d\\ude00', 'abc\\n€']) {
    for (const shift of [0, 1, 2, 3]) {
      const text = `"${'x'.repeat(shift)}${unit.repeat(150_000)}"`;
      expect(parse(text)).toBe(JSON.parse(text));
    }
  }
});

test('no piece is long', () => {
  const pieces = (text: string) => {
    const reading = parsingJson(Buffer.from(text), { depth: 8, values: 1e7, entries: 0 });
    let count = 0;
    while (!reading.next().done) count++;
    return count;
  };
  const perPiece = 2 ** 18;
  const long = [`"${'\\"'.repeat(2e6)}"`, `[${'[1,"a"],'.repeat(2e5)}1]`, `[${`1,${' '.repeat(1000)}`.repeat(2000)}1]`];
  for (const text of long) expect(pieces(text)).toBeGreaterThan(text.length / perPiece);
});
