import { wrongOption } from '../../errors';
import { wrongCall } from '../arguments';
import { integer, object, oneOf, record, withDefault } from '../check';
import { checkInitializer, type Initializer, type InitializerSpec, isConstant, nativeInitializer } from '../initializers';
import { type Activation, activationNames, activations, ofKeras as keras } from '../outputs';
import type { LayerRow, TensorRow } from './row';
import { type PenaltyOptions, penaltyChecks, type TrainedOptions, trainedChecks } from './trained';

/** A fully connected layer: `activation(x · weights + bias)`. */
export interface DenseOptions extends TrainedOptions<DenseTensor>, PenaltyOptions {
  type: 'dense';
  /** The number of outputs. */
  units: number;
  /** Default `'linear'`. */
  activation?: Activation;
  /**
   * Default by the activation: `heNormal` for relu, leakyRelu, elu, gelu, geluTanh, silu, mish and softplus; `lecunNormal` for selu;
   * `xavierUniform` for the rest.
   */
  weightsInitializer?: Initializer;
  /** Default `'zeros'`. */
  biasInitializer?: Initializer;
  /**
   * Behind a `members` layer, what each member has for itself: nothing (`'none'`, the default); factors for its inputs and outputs that start
   * at 1, and a bias (`'scales'`: BatchEnsemble, Wen, Tran & Ba 2020); or weights and a bias (`'weights'`, for the last layer of a TabM).
   */
  perMember?: PerMember;
}

type DenseTensor = 'weights' | 'bias' | 'inputScale' | 'outputScale';

/** The parameters of a dense layer that each member of an ensemble has for itself. */
export type PerMember = 'none' | 'scales' | 'weights';

export const perMemberNames: readonly PerMember[] = ['none', 'scales', 'weights'];

/** A checked dense layer: every default is filled in. */
export interface DenseSpec extends TrainedOptions<DenseTensor>, PenaltyOptions {
  type: 'dense';
  units: number;
  activation: Activation;
  weightsInitializer: InitializerSpec;
  biasInitializer: InitializerSpec;
  perMember: PerMember;
}

const checkGiven = record<Partial<DenseSpec> & { units: number; activation: Activation }>(
  {
    type: () => 'dense',
    units: integer({ min: 1 }),
    activation: withDefault(oneOf(activationNames), 'linear'),
    weightsInitializer: (initializer, at) => (initializer === undefined ? undefined : checkInitializer(initializer, at)),
    biasInitializer: withDefault(checkInitializer, { type: 'zeros' }),
    perMember: withDefault(oneOf(perMemberNames), 'none'),
    ...trainedChecks<DenseTensor>('weights', 'bias', 'inputScale', 'outputScale'),
    ...penaltyChecks,
  },
  { habits: 'layer' },
);

function check(value: unknown, name: string): DenseSpec {
  const {
    type,
    units,
    activation,
    weightsInitializer: given,
    biasInitializer,
    perMember,
    ...training
  } = checkGiven(value, name) as DenseSpec;
  const weightsInitializer = given ?? checkInitializer(activations[activation].weights, name);
  // In the same order whether it was given or not: files of equal networks are equal.
  return { type, units, activation, weightsInitializer, biasInitializer, perMember, ...training };
}

export const denseRow: LayerRow<DenseSpec> = {
  check,
  outputs({ units, perMember }, { name, input }) {
    if (perMember === 'none' || input.ensemble) return { ...input, columns: units };
    throw wrongOption(`${name}.perMember must be "none" without a members layer before it, got "${perMember}"; put members(32) before it`);
  },
  tensors({ units, perMember }, { columns, members }) {
    const all: TensorRow[] = [
      { name: 'weights', shape: perMember === 'weights' ? [members, columns, units] : [columns, units], columnsAre: 'units' },
      { name: 'bias', shape: perMember === 'none' ? [units] : [members, units], columnsAre: 'units' },
    ];
    if (perMember !== 'scales') return all;
    return [
      ...all,
      { name: 'inputScale', shape: [members, columns] },
      { name: 'outputScale', shape: [members, units], columnsAre: 'units' },
    ];
  },
  settings: ({ units, activation, weightsInitializer, biasInitializer, perMember }) => [
    units,
    ['activations', activation],
    ...nativeInitializer(weightsInitializer),
    ...nativeInitializer(biasInitializer),
    ['perMember', perMember],
  ],
  pytorch: {
    modules({ units, activation, perMember }, { columns, members }) {
      const linear = {
        none: `nn.Linear(${columns}, ${units})`,
        scales: `ScaledLinear(${members}, ${columns}, ${units})`,
        weights: `MemberLinear(${members}, ${columns}, ${units})`,
      };
      return [linear[perMember], ...activations[activation].pytorch];
    },
    tensors: { weight: 'weights', bias: 'bias', input_scale: 'inputScale', output_scale: 'outputScale' },
    transposed: ['weight'],
  },
  keras: {
    classes: { Dense: ({ units, activation }) => keras(activation, (activation) => ({ units, activation })) },
    weights: { kernel: 'weights', bias: 'bias' },
  },
  javascript: {
    settings: ['units', 'activation', 'perMember'],
    source: `(rows, { units, activation, perMember, weights, bias, inputScale, outputScale }) =>
  rows.map((row, m) => {
    const ownBias = perMember === 'none' ? 0 : m * units;
    const ownWeights = perMember === 'weights' ? m * row.length * units : 0;
    const z = new Float64Array(units);
    for (let i = 0, at = ownWeights; i < row.length; i++) {
      const x = inputScale ? row[i] * inputScale[m * row.length + i] : row[i];
      for (let unit = 0; unit < units; unit++, at++) z[unit] += x * weights[at];
    }
    for (let unit = 0; unit < units; unit++) {
      if (outputScale) z[unit] *= outputScale[m * units + unit];
      z[unit] += bias[ownBias + unit];
    }
    return activations[activation](z);
  })`,
  },
  last: ({ activation, units }) => ({ activation, units }),
  refuse({ activation, units }, { name }) {
    if (activation !== 'softmax' || units > 1) return;
    throw wrongOption(`${name} must have more units: softmax over one unit is always 1, whatever the layers before it learn`);
  },
  words: ({ units, activation }, { columns }) => ({ sizes: `${columns} -> ${units}`, activation }),
  units: ({ activation, weightsInitializer }) => ({
    activation,
    initializer: weightsInitializer.type,
    isConstant: isConstant(weightsInitializer),
  }),
  shows: { forward: ['z', 'output'], backward: ['input', 'delta'] },
};

/** Settings of a dense layer besides its units and activation. */
export type DenseSettings = Omit<DenseOptions, 'type' | 'units' | 'activation'>;

/**
 * A fully connected layer as plain JSON, with all defaults filled in: `activation(x · weights + bias)`.
 *
 * ```ts
 * dense(512, 'relu')
 * dense(1, 'linear', { weightsInitializer: { type: 'normal', stddev: 0.01 } })
 * ```
 *
 * @param units The number of outputs.
 * @param activation Default `'linear'`.
 * @throws TypeError or RangeError if an argument is not what it has to be.
 */
export function dense(units: number, activation: Activation = 'linear', settings: DenseSettings = {}): DenseSpec {
  if (typeof units === 'object') throw wrongCall('dense().units', 'a whole number', units, 'dense({ units, activation })');
  if (typeof activation === 'object') {
    throw wrongCall('dense().activation', 'the name of an activation', activation, 'dense(8, { activation })');
  }
  return check({ ...object(settings, 'dense() settings'), type: 'dense', units, activation }, 'dense()');
}
