import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { toMatrix, toVector } from '../../lib/data/matrix';

const wanted = { columns: 2, columnsAre: 'inputSize', precision: 'f32' } as const;
const convert = (value: unknown, precision: 'f32' | 'f64' = 'f32', columns = 2) => toMatrix(value, 'x', { ...wanted, precision, columns });
const values = (value: unknown) => Array.from(convert(value).data);

describe('every form of a matrix', () => {
  it.each<[string, unknown]>([
    ['rows', [[1, 2], [3, 4]]], // biome-ignore format: one line reads better
    ['typed rows', [new Float32Array([1, 2]), new Uint8Array([3, 4])]],
    ['flat floats', new Float32Array([1, 2, 3, 4])],
    ['flat doubles', new Float64Array([1, 2, 3, 4])],
    ['flat bytes', new Uint8Array([1, 2, 3, 4])],
    ['flat clamped bytes', new Uint8ClampedArray([1, 2, 3, 4])],
    ['flat integers', new Int16Array([1, 2, 3, 4])],
    ['data and shape', { data: new Float32Array([1, 2, 3, 4]), shape: [2, 2] }],
    ['data and dims', { data: new Float64Array([1, 2, 3, 4]), dims: [2, 2] }],
    ['data in an array', { data: [1, 2, 3, 4], shape: [2, 2] }],
    ['a flat shape', { data: [1, 2, 3, 4].map(Math.fround), shape: new Int32Array([2, 2]) }],
    ['one-dimensional data', { data: new Float32Array([1, 2, 3, 4]), shape: [4] }],
    ['an array of another realm', vm.runInNewContext('new Float32Array([1, 2, 3, 4])')],
    ['rows of another realm', vm.runInNewContext('[[1, 2], [3, 4]]')],
    ['shared memory', Object.assign(new Float32Array(new SharedArrayBuffer(16)), [1, 2, 3, 4])],
    ['a view into a larger buffer', new Float32Array([0, 1, 2, 3, 4, 5]).subarray(1, 5)],
  ])('%s', (_, value) => {
    const { data, rows } = convert(value);
    expect(data).toBeInstanceOf(Float32Array);
    expect({ data: Array.from(data), rows }).toEqual({ data: [1, 2, 3, 4], rows: 2 });
  });

  it('an array of numbers is one row, or one column where there is only one', () => {
    expect(convert([1, 2]).rows).toBe(1);
    expect(convert([1, 2], 'f32', 1).rows).toBe(2);
  });

  it('keeps the digits of doubles', () => {
    expect(convert([0.1, 1e300], 'f64').data).toEqual(new Float64Array([0.1, 1e300]));
  });
});

describe('memory', () => {
  it('of the right type is used as it is', () => {
    const array = new Float32Array([1, 2]);
    expect(convert(array).data.buffer).toBe(array.buffer);
  });

  it('is copied where it has to last, unless it is shared', () => {
    const array = new Float32Array([1, 2]);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    expect(toMatrix(array, 'x', { ...wanted, reuse: 'shared' }).data.buffer).not.toBe(array.buffer);
    expect(toMatrix(shared, 'x', { ...wanted, reuse: 'shared' }).data.buffer).toBe(shared.buffer);
    expect(toMatrix(shared, 'x', { ...wanted, reuse: 'none' }).data.buffer).not.toBe(shared.buffer);
  });

  it('of our own is shared memory, so that the addon need not copy it', () => {
    expect(convert([1, 2]).data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(convert(new Uint8Array(2 ** 20)).data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

describe('hostile input', () => {
  it('a subclass cannot lie about its length', () => {
    class Liar extends Float32Array {
      override get length(): number {
        return 1 << 20;
      }
    }
    const { data, rows } = convert(new Liar([1, 2, 3, 4]));
    expect({ own: data.constructor, length: data.length, rows }).toEqual({ own: Float32Array, length: 4, rows: 2 });
  });

  it('nor can a proxy pass for a typed array', () => {
    const proxy = new Proxy(new Float32Array(4), {});
    expect(() => convert(proxy)).toThrow('x must be a matrix');
  });

  it('an array that grows while it is read gives what was there first', () => {
    const rows = [[1, 2]];
    const growing = new Proxy(rows, {
      get(target, key) {
        if (key === '0') target.push([5, 6], [7, 8]);
        return Reflect.get(target, key);
      },
    });
    expect(values(growing)).toEqual([1, 2]);
  });

  it('an array that shrinks while it is read is an error', () => {
    const rows = [[1, 2], [3, 4], [5, 6]]; // biome-ignore format: one line reads better
    const shrinking = new Proxy(rows, {
      get(target, key) {
        if (key === '1') target.length = 1;
        return Reflect.get(target, key);
      },
    });
    expect(() => convert(shrinking)).toThrow('x[1] must be a row of numbers, got undefined');
  });

  it('a row that shortens the next one is an error', () => {
    const second = [3, 4];
    const first = Object.defineProperty([1, 2], 0, {
      get: () => {
        second.length = 1;
        return 1;
      },
    });
    expect(() => convert([first, second])).toThrow('x[1] must have 2 values');
  });

  it('a shape that changes is read once', () => {
    let reads = 0;
    const tensor = {
      data: new Float32Array(4),
      get shape() {
        return [++reads * 2, 2];
      },
    };
    expect(convert(tensor).rows).toBe(2);
    expect(reads).toBe(1);
  });

  it('a value that is not a number cannot become one', () => {
    expect(() => convert([{ valueOf: () => 1 }, 2])).toThrow('x[0] must be a row of numbers, got an object');
    expect(() => convert([1, { valueOf: () => 1 }])).toThrow('x[1] must be a number, got an object');
  });
});

describe('a vector', () => {
  it.each<[string, unknown]>([
    ['numbers', [1, 2]],
    ['a typed array', new Uint16Array([1, 2])],
    ['a tensor of one dimension', { data: [1, 2], shape: [2] }],
    ['a tensor of one row', { data: new Float32Array([1, 2]), shape: [1, 2] }],
  ])('from %s', (_, value) => {
    expect(Array.from(toVector(value, 'bias', wanted))).toEqual([1, 2]);
  });
});
