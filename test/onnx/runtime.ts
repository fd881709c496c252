import { createRequire } from 'node:module';
import path from 'node:path';
import { NeuralNetwork } from '../../lib';

interface Value {
  data: Float32Array | string[];
  dims: readonly number[];
}

interface Runtime {
  InferenceSession: {
    create(
      model: Uint8Array,
      options: { logSeverityLevel: number },
    ): Promise<{ run(feeds: Record<string, object>): Promise<Record<string, Value>> }>;
  };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

// By its path: the package is in this folder, and not in those of the types.
const { InferenceSession, Tensor } = createRequire(path.join(__dirname, 'package.json'))('onnxruntime-node') as Runtime;

export interface Rows {
  data: Float32Array;
  shape: readonly [rows: number, columns: number];
}

/** All outputs of a model for some rows of its only input. */
export async function runOnnx(model: Uint8Array, { data, shape }: Rows, input = 'x'): Promise<Record<string, Value>> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 2 });
  return session.run({ [input]: new Tensor('float32', data, shape) });
}

/** A row of outputs that are not those of the runtime, with the largest output and the largest difference. */
export interface FarRow {
  row: number;
  largest: number;
  difference: number;
}

/** The rows in which an output differs from the runtime's by more than `tolerance` of the row's largest one. */
export function farRows(nn: NeuralNetwork, x: Rows, { data }: Value, tolerance: number): FarRow[] {
  const own = nn.predict({ data: x.data, shape: [...x.shape] });
  const columns = own.shape[1];
  return Array.from({ length: own.shape[0] }, (_, row) => {
    const values = [...own.data.subarray(row * columns, (row + 1) * columns)];
    const differences = values.map((value, column) => Math.abs(value - (data[row * columns + column] as number)));
    return { row, largest: Math.max(...values.map(Math.abs)), difference: Math.max(...differences) };
  }).filter(({ largest, difference }) => !(difference <= tolerance * largest && Number.isFinite(largest)));
}

/** The same network in double precision: how far our own outputs of a row are from its, as a part of the largest one. */
export function ownError(nn: NeuralNetwork, x: Rows, { row, largest }: FarRow): number {
  const { spec, ...rest } = nn.toJSON();
  const exact = NeuralNetwork.fromJSON({ ...rest, spec: { ...spec, precision: 'f64' } });
  const one = { data: x.data.slice(row * x.shape[1], (row + 1) * x.shape[1]), shape: [1, x.shape[1]] } as const;
  const [own, wanted] = [nn.predict(one).data, exact.predict(one).data];
  return Math.max(...Array.from(own, (value, i) => Math.abs(value - (wanted[i] as number)))) / largest;
}
