import { describe } from '../errors';
import type { InitializerName } from './initializers';
import { type LossKind, type LossName, type LossType, losses } from './losses';

/** The name of an activation function. */
export type Activation =
  | 'linear'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'geluTanh'
  | 'silu'
  | 'mish'
  | 'softplus'
  | 'exp'
  | 'meanVariance'
  | 'softmax';

interface ActivationRow {
  /** The layer's default `weightsInitializer`. */
  weights: InitializerName;
  /** The network's default loss where this is the last activation. */
  loss: LossName;
  /**
   * Its source in JavaScript, for `toJavaScript`: an expression of the number `z`, or a function of a row where it mixes the units of one.
   * It may call the functions of lib/formats/javascript.ts.
   */
  javascript: string | { row: string };
  /** The modules that it is in PyTorch, as Python: its own, or those of lib/formats/pytorch/classes.ts. */
  pytorch: readonly string[];
  /** The values that it can reach, rounded away from them; absent: all. */
  range?: readonly [min: number, max: number];
}

/** Every activation, and what follows from it where nothing else is asked for. */
export const activations: Record<Activation, ActivationRow> = {
  linear: { weights: 'xavierUniform', loss: 'mse', javascript: 'z', pytorch: [] },
  sigmoid: { weights: 'xavierUniform', loss: 'binaryCrossEntropy', javascript: 'sigmoid(z)', pytorch: ['nn.Sigmoid()'], range: [0, 1] },
  tanh: { weights: 'xavierUniform', loss: 'mse', javascript: 'Math.tanh(z)', pytorch: ['nn.Tanh()'], range: [-1, 1] },
  relu: { weights: 'heNormal', loss: 'mse', javascript: 'Math.max(z, 0)', pytorch: ['nn.ReLU()'], range: [0, Infinity] },
  leakyRelu: { weights: 'heNormal', loss: 'mse', javascript: 'z < 0 ? 0.01 * z : z', pytorch: ['nn.LeakyReLU(0.01)'] },
  elu: { weights: 'heNormal', loss: 'mse', javascript: 'z < 0 ? Math.expm1(z) : z', pytorch: ['nn.ELU()'], range: [-1, Infinity] },
  selu: {
    weights: 'lecunNormal',
    loss: 'mse',
    javascript: '1.0507009873554805 * (z < 0 ? 1.6732632423543773 * Math.expm1(z) : z)',
    pytorch: ['nn.SELU()'],
    range: [-1.76, Infinity],
  },
  gelu: {
    weights: 'heNormal',
    loss: 'mse',
    javascript: '0.5 * z * (1 + erf(z * Math.SQRT1_2))',
    pytorch: ['nn.GELU()'],
    range: [-0.17, Infinity],
  },
  geluTanh: {
    weights: 'heNormal',
    loss: 'mse',
    javascript: '0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))',
    pytorch: ["nn.GELU(approximate='tanh')"],
    range: [-0.18, Infinity],
  },
  silu: { weights: 'heNormal', loss: 'mse', javascript: 'z * sigmoid(z)', pytorch: ['nn.SiLU()'], range: [-0.28, Infinity] },
  mish: { weights: 'heNormal', loss: 'mse', javascript: 'z * Math.tanh(softplus(z))', pytorch: ['nn.Mish()'], range: [-0.31, Infinity] },
  softplus: { weights: 'heNormal', loss: 'mse', javascript: 'softplus(z)', pytorch: ['nn.Softplus()'], range: [0, Infinity] },
  exp: { weights: 'xavierUniform', loss: 'poisson', javascript: 'Math.exp(z)', pytorch: ['Exp()'], range: [0, Infinity] },
  meanVariance: {
    weights: 'xavierUniform',
    loss: 'gaussianNLL',
    javascript: { row: '(row) => row.map((z, i) => (i % 2 ? softplus(z) : z))' },
    pytorch: ['MeanVariance()'],
  },
  softmax: {
    weights: 'xavierUniform',
    loss: 'crossEntropy',
    javascript: { row: 'softmax' },
    pytorch: ['nn.Softmax(dim=-1)'],
    range: [0, 1],
  },
};

export const activationNames: readonly Activation[] = Object.keys(activations) as Activation[];

/** Activations that Keras and TensorFlow.js call otherwise. The others have our names there. */
const kerasNames: Readonly<Record<string, Activation>> = { swish: 'silu', gelu_new: 'geluTanh', exponential: 'exp' };

/** Options that follow from an activation of Keras, or why there are none, as the end of "a layer that …". */
export function ofKeras<Options>(given: unknown, make: (activation: Activation) => Options): Options | string {
  const name = given ?? 'linear';
  if (typeof name === 'string') {
    const activation = Object.hasOwn(kerasNames, name) ? kerasNames[name] : activationNames.find((known) => known === name);
    if (activation !== undefined) return make(activation);
  }
  return `has the activation ${describe(given)}, which Chainrule does not have`;
}

/** How a last activation goes with a loss. */
export interface Verdict {
  is: 'allowed' | 'warned about' | 'refused';
  /** Why it cannot learn, or learns badly. */
  reason?: string;
  /** The replacement to write. */
  advice?: string;
  /** The advice as data: pairs that are allowed. An absent part stays the same. */
  instead?: readonly { activation?: Activation; loss?: LossName; units?: number }[];
}

const fine: Verdict = { is: 'allowed' };

/** Softmax divides by the sum over the units: of one unit that is itself. */
const oneUnit: Verdict = {
  is: 'refused',
  reason: 'softmax over one unit is always 1, so that nothing is learned',
  advice: "use dense(1, 'sigmoid') for two classes or a probability, or dense(1, 'linear') for a number",
  instead: [{ activation: 'sigmoid' }, { activation: 'linear' }],
};

const oneUnitAtAll: Verdict = {
  ...oneUnit,
  advice: "use dense(1, 'linear')",
  instead: [{ activation: 'linear' }],
};

const oneClass: Verdict = {
  is: 'refused',
  reason: 'a loss of classes over one output is always 0, so that nothing is learned',
  advice: "use dense(1, 'sigmoid') with loss \"binaryCrossEntropy\", or dense(2, 'softmax') with the classes 0 and 1",
  instead: [
    { activation: 'sigmoid', loss: 'binaryCrossEntropy' },
    { activation: 'softmax', units: 2 },
  ],
};

/** Softmax over one unit with a cross-entropy: the same cure as for `oneClass`, but the activation is to blame. */
const oneUnitOneClass: Verdict = { ...oneClass, reason: 'softmax over one unit is always 1, so that nothing is learned' };

const softmaxTwice: Verdict = {
  is: 'refused',
  advice: 'use loss "crossEntropy" with it, or a last activation of "sigmoid" or "linear"',
  instead: [{ loss: 'crossEntropy' }, { activation: 'sigmoid' }, { activation: 'linear' }],
};

const sigmoidTwice: Verdict = {
  is: 'refused',
  advice: 'use loss "binaryCrossEntropy" with it, or a last activation of "softmax" or "linear"',
  instead: [{ loss: 'binaryCrossEntropy' }, { activation: 'softmax' }, { activation: 'linear' }],
};

/** binaryCrossEntropy takes the outputs as logits: the probability is sigmoid(output). */
function logits(problem: string): Verdict {
  return {
    is: 'warned about',
    reason: `the loss takes outputs as logits, and ${problem}`,
    advice: 'use a last activation of "sigmoid" or "linear"',
    instead: [{ activation: 'sigmoid' }, { activation: 'linear' }],
  };
}

const logitsFrom = (min: number, probability: number): Verdict =>
  logits(`these are never below ${min}: no probability is below ${probability}`);

/** crossEntropy takes the outputs as logits: only their differences count, so that a lower bound alone does no harm. */
function classLogits(problem: string): Verdict {
  return {
    is: 'warned about',
    reason: `the loss takes outputs as logits, and ${problem}`,
    advice: 'use a last activation of "softmax" or "linear"',
    instead: [{ activation: 'softmax' }, { activation: 'linear' }],
  };
}

const narrowClasses = classLogits('these are from -1 to 1: no class can be more than 7.4 times as probable as another');
const deadClasses = classLogits('the output of a class that is 0 for all rows has no gradient: the class is never learned');

/** The losses of rates take the outputs as their logarithms. */
function rates(problem: string): Verdict {
  return {
    is: 'warned about',
    reason: `the loss takes outputs as logarithms of rates, and ${problem}`,
    advice: 'use a last activation of "exp" or "linear"',
    instead: [{ activation: 'exp' }, { activation: 'linear' }],
  };
}

const ratesFrom = (min: number, rate: number): Verdict => rates(`these are never below ${min}: no rate is below ${rate}`);

/** The hinge losses want outputs above 1 or below -1. */
function scores(problem: string): Verdict {
  return {
    is: 'warned about',
    reason: `the loss wants outputs above 1 or below -1, and ${problem}`,
    advice: 'use a last activation of "linear"',
    instead: [{ activation: 'linear' }],
  };
}

const scoresFrom = (min: number): Verdict => scores(`these are never below ${min}`);

/** gaussianNLL wants means of any size, and variances above 0. */
function pairsOf(problem: string): Verdict {
  return {
    is: 'warned about',
    reason: `the loss takes outputs as pairs of a mean and a variance, and ${problem}`,
    advice: 'use a last activation of "meanVariance"',
    instead: [{ activation: 'meanVariance' }],
  };
}

const anyVariance = pairsOf('these can be below 0: as variances they count as 0.000001 then');
const boundedMeans = pairsOf('these are bounded');
const positiveMeans = pairsOf('these are never below 0, means neither');

/** A verdict for any number of outputs, or one for one output and one for several. */
type Cell = Verdict | readonly [one: Verdict, several: Verdict];

const severalClasses: Cell = [oneClass, fine];
const severalUnits: Cell = [oneUnit, fine];

/** Outputs that are never below `least`, and the least probability and rate that the losses make of that. */
function from(least: number, probability: number, rate: number): Record<LossKind, Cell> {
  return {
    numbers: fine,
    scores: scoresFrom(least),
    logits: logitsFrom(least, probability),
    logRates: ratesFrom(least, rate),
    pairs: least < 0 ? anyVariance : positiveMeans,
    classLogits: severalClasses,
  };
}

/** Every last activation with every kind of loss, for one output and for several. */
const pairs: Readonly<Record<Activation, Readonly<Record<LossKind, Cell>>>> = {
  linear: { numbers: fine, scores: fine, logits: fine, logRates: fine, pairs: anyVariance, classLogits: severalClasses },
  sigmoid: {
    numbers: fine,
    scores: scoresFrom(0),
    logits: fine,
    logRates: rates('these are from 0 to 1: no rate is below 1 or above 2.72'),
    pairs: boundedMeans,
    classLogits: [oneClass, sigmoidTwice],
  },
  tanh: {
    numbers: fine,
    scores: fine,
    logits: logits('these are from -1 to 1: no probability is below 0.26 or above 0.74'),
    logRates: rates('these are from -1 to 1: no rate is below 0.37 or above 2.72'),
    pairs: boundedMeans,
    classLogits: [oneClass, narrowClasses],
  },
  relu: { ...from(0, 0.5, 1), classLogits: [oneClass, deadClasses] },
  leakyRelu: {
    numbers: fine,
    scores: scores('those below 0 are scaled by 0.01'),
    logits: logits('those below 0 are scaled by 0.01: low probabilities are hardly learned'),
    logRates: rates('those below 0 are scaled by 0.01: low rates are hardly learned'),
    pairs: anyVariance,
    classLogits: severalClasses,
  },
  elu: from(-1, 0.26, 0.36),
  selu: { ...from(-1.76, 0.14, 0.17), scores: fine },
  gelu: from(-0.17, 0.45, 0.84),
  geluTanh: from(-0.18, 0.45, 0.83),
  silu: from(-0.28, 0.43, 0.75),
  mish: from(-0.31, 0.42, 0.73),
  softplus: from(0, 0.5, 1),
  exp: { ...from(0, 0.5, 1), logRates: fine },
  meanVariance: {
    numbers: fine,
    scores: scores('every second one is never below 0'),
    logits: logits('every second one is never below 0: no probability there is below 0.5'),
    logRates: rates('every second one is never below 0: no rate there is below 1'),
    pairs: fine,
    classLogits: severalClasses,
  },
  softmax: {
    numbers: severalUnits,
    scores: [oneUnitAtAll, scoresFrom(0)],
    logits: [oneUnit, softmaxTwice],
    logRates: [oneUnitAtAll, rates('these are from 0 to 1: no rate is below 1 or above 2.72')],
    pairs: boundedMeans,
    classLogits: [oneUnitOneClass, fine],
  },
};

/** How a last layer of `units` units goes with a loss. */
export function verdict(activation: Activation, loss: LossType, units: number): Verdict {
  const cell = pairs[activation][losses[loss].reads];
  return 'is' in cell ? cell : cell[units === 1 ? 0 : 1];
}

/** A verdict that is not `allowed`, in words. */
export function explain({ is, reason, advice }: Verdict, activation: Activation, loss: LossType, units: number): string {
  const goes = is === 'refused' ? 'does not go' : 'learns badly';
  const over = units === 1 ? ' over one unit' : '';
  return `loss "${loss}" ${goes} with a last activation of "${activation}"${over}: ${[reason, advice].filter(Boolean).join('; ')}`;
}

/** Where a single output changes from class 0 to class 1. */
export function middleOf(loss: LossType, activation: Activation): number {
  const { reads } = losses[loss];
  return reads === 'scores' || (reads === 'logits' && activation !== 'sigmoid') ? 0 : 0.5;
}
