import type { InitializerName } from './initializers';

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
  | 'softmax';

/** The name of a loss function. */
export type LossName = 'mse' | 'mae' | 'huber' | 'binaryCrossEntropy' | 'crossEntropy';

interface ActivationRow {
  /** The layer's default `weightsInitializer`. */
  weights: InitializerName;
  /** The network's default loss where this is the last activation. */
  loss: LossName;
  /** The values that it can reach, rounded away from them; absent: all. */
  range?: readonly [min: number, max: number];
}

/** Every activation, and what follows from it where nothing else is asked for. */
export const activations: Record<Activation, ActivationRow> = {
  linear: { weights: 'xavierUniform', loss: 'mse' },
  sigmoid: { weights: 'xavierUniform', loss: 'binaryCrossEntropy', range: [0, 1] },
  tanh: { weights: 'xavierUniform', loss: 'mse', range: [-1, 1] },
  relu: { weights: 'heNormal', loss: 'mse', range: [0, Infinity] },
  leakyRelu: { weights: 'heNormal', loss: 'mse' },
  elu: { weights: 'heNormal', loss: 'mse', range: [-1, Infinity] },
  selu: { weights: 'lecunNormal', loss: 'mse', range: [-1.76, Infinity] },
  gelu: { weights: 'heNormal', loss: 'mse', range: [-0.17, Infinity] },
  geluTanh: { weights: 'heNormal', loss: 'mse', range: [-0.18, Infinity] },
  silu: { weights: 'heNormal', loss: 'mse', range: [-0.28, Infinity] },
  mish: { weights: 'heNormal', loss: 'mse', range: [-0.31, Infinity] },
  softplus: { weights: 'heNormal', loss: 'mse', range: [0, Infinity] },
  softmax: { weights: 'xavierUniform', loss: 'crossEntropy', range: [0, 1] },
};

export const activationNames: readonly Activation[] = Object.keys(activations) as Activation[];

/** The meaning of the outputs to a loss: numbers, the logits of independent probabilities, or the logits of classes that exclude each other. */
export type LossKind = 'numbers' | 'logits' | 'classLogits';

export const lossKinds: Readonly<Record<LossName, LossKind>> = {
  mse: 'numbers',
  mae: 'numbers',
  huber: 'numbers',
  binaryCrossEntropy: 'logits',
  crossEntropy: 'classLogits',
};

export const lossNames: readonly LossName[] = Object.keys(lossKinds) as LossName[];

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

const oneClass: Verdict = {
  is: 'refused',
  reason: 'crossEntropy over one output is always 0, so that nothing is learned',
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

/** A verdict for any number of outputs, or one for one output and one for several. */
type Cell = Verdict | readonly [one: Verdict, several: Verdict];

const severalClasses: Cell = [oneClass, fine];
const severalUnits: Cell = [oneUnit, fine];

/** Every last activation with every kind of loss, for one output and for several. */
const pairs: Readonly<Record<Activation, Readonly<Record<LossKind, Cell>>>> = {
  linear: { numbers: fine, logits: fine, classLogits: severalClasses },
  sigmoid: { numbers: fine, logits: fine, classLogits: [oneClass, sigmoidTwice] },
  tanh: {
    numbers: fine,
    logits: logits('these are from -1 to 1: no probability is below 0.26 or above 0.74'),
    classLogits: [oneClass, narrowClasses],
  },
  relu: { numbers: fine, logits: logitsFrom(0, 0.5), classLogits: [oneClass, deadClasses] },
  leakyRelu: {
    numbers: fine,
    logits: logits('those below 0 are scaled by 0.01: low probabilities are hardly learned'),
    classLogits: severalClasses,
  },
  elu: { numbers: fine, logits: logitsFrom(-1, 0.26), classLogits: severalClasses },
  selu: { numbers: fine, logits: logitsFrom(-1.76, 0.14), classLogits: severalClasses },
  gelu: { numbers: fine, logits: logitsFrom(-0.17, 0.45), classLogits: severalClasses },
  geluTanh: { numbers: fine, logits: logitsFrom(-0.18, 0.45), classLogits: severalClasses },
  silu: { numbers: fine, logits: logitsFrom(-0.28, 0.43), classLogits: severalClasses },
  mish: { numbers: fine, logits: logitsFrom(-0.31, 0.42), classLogits: severalClasses },
  softplus: { numbers: fine, logits: logitsFrom(0, 0.5), classLogits: severalClasses },
  softmax: { numbers: severalUnits, logits: [oneUnit, softmaxTwice], classLogits: [oneUnitOneClass, fine] },
};

/** How a last layer of `units` units goes with a loss. */
export function verdict(activation: Activation, loss: LossName, units: number): Verdict {
  const cell = pairs[activation][lossKinds[loss]];
  return 'is' in cell ? cell : cell[units === 1 ? 0 : 1];
}

/** A verdict that is not `allowed`, in words. */
export function explain({ is, reason, advice }: Verdict, activation: Activation, loss: LossName, units: number): string {
  const goes = is === 'refused' ? 'does not go' : 'learns badly';
  const over = units === 1 ? ' over one unit' : '';
  return `loss "${loss}" ${goes} with a last activation of "${activation}"${over}: ${[reason, advice].filter(Boolean).join('; ')}`;
}
