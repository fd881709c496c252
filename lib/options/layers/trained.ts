import { wrongType } from '../../errors';
import { boolean, type Check, number, record } from '../check';

/*
 * The options that everything with trained tensors has, be it a layer or an input. A specification has them only where they differ from the
 * defaults.
 */

/** How a layer or an input is trained. */
export interface TrainedOptions<Tensor extends string = string> {
  /**
   * Whether training changes its tensors. A frozen batch normalisation goes by its running statistics, and does not
   * move them.
   * `nn.layers[i].trainable` changes it later. Default true.
   */
  trainable?: boolean;
  /** Multiplies the optimizer's learning rate: for all its tensors, or for each by its name, `{ weights: 0.5 }`. Above 0. Default 1. */
  learningRateFactor?: number | { readonly [Name in Tensor]?: number };
}

/** Penalties on the tensor `weights`. Training minimises them too; the losses that are reported are without them. */
export interface PenaltyOptions {
  /** `l1` times the sum of the absolute weights is added to the loss; 0 or more. Default 0. */
  l1?: number;
  /** `l2` times the sum of the squared weights is added to the loss; 0 or more. Default 0. */
  l2?: number;
}

/** All of them, of any layer or input. */
export interface TrainedSpec extends TrainedOptions, PenaltyOptions {}

/** A check of what a specification leaves out where it is the default: it takes what the types of all options allow. */
type Leaving = Check<never>;

function leavingOut<T>(byDefault: T, check: Check<T>): Leaving {
  return ((value: unknown, name: string) => {
    const checked = value === undefined ? byDefault : check(value, name);
    return checked === byDefault ? undefined : checked;
  }) as Leaving;
}

export const trainable: Leaving = leavingOut(true, boolean);

const factor = leavingOut(1, number({ above: 0 }));
const penalty = leavingOut(0, number({ min: 0 }));

function factors(tensors: readonly string[]): Leaving {
  const ofEach = record<Record<string, never>>(Object.fromEntries(tensors.map((tensor) => [tensor, factor])), { noun: 'tensor' });
  return ((value: unknown, name: string) => {
    if (value === undefined || typeof value === 'number') return factor(value, name);
    if (typeof value !== 'object') throw wrongType(name, 'a number, or an object with numbers by the names of tensors', value);
    const checked = ofEach(value, name);
    return Object.keys(checked).length === 0 ? undefined : checked;
  }) as Leaving;
}

/** The checks of the options of a kind whose tensors have these names, in the order in which specifications have them. */
export function trainedChecks<Tensor extends string>(...tensors: readonly Tensor[]): { [Option in keyof TrainedOptions]-?: Leaving } {
  return { trainable, learningRateFactor: factors(tensors) };
}

/** The same for kinds with a tensor `weights`. */
export const penaltyChecks: { [Option in keyof PenaltyOptions]-?: Leaving } = { l1: penalty, l2: penalty };
