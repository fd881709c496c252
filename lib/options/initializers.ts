import type { NativeSetting } from '../native';
import { type Checks, number, object, oneOf, record } from './check';

/** Every initializer. `in` and `out` are the numbers of inputs and units of the layer. */
export const initializerNames = [
  'zeros',
  'constant',
  'normal',
  'uniform',
  'xavierNormal',
  'xavierUniform',
  'heNormal',
  'heUniform',
  'lecunNormal',
  'randomSigns',
] as const;

/** The name of an initializer. */
export type InitializerName = (typeof initializerNames)[number];

/** All values are the same. */
export interface ConstantInitializer {
  type: 'constant';
  /** Default 0. */
  value?: number;
}

/** Normally distributed values. */
export interface NormalInitializer {
  type: 'normal';
  /** Default 0. */
  mean?: number;
  /** Standard deviation, 0 or more. Default 0.05. */
  stddev?: number;
}

/** Evenly distributed values. */
export interface UniformInitializer {
  type: 'uniform';
  /** Smallest value. Default -0.05. */
  low?: number;
  /** Upper bound, not below `low`. Default 0.05. */
  high?: number;
}

/**
 * An initializer without settings: `zeros`; `xavierNormal` with variance 2 / (in + out) and `xavierUniform` with the same variance;
 * `heNormal` with variance 2 / in and `heUniform` with the same variance; `lecunNormal` with variance 1 / in; `randomSigns`: -1 or 1.
 */
export interface PlainInitializer {
  type: Exclude<InitializerName, 'constant' | 'normal' | 'uniform'>;
}

/** An initializer with its settings. */
export type InitializerOptions = ConstantInitializer | NormalInitializer | UniformInitializer | PlainInitializer;

/** An initializer's name (with the default settings), or an object. */
export type Initializer = InitializerName | InitializerOptions;

/** A checked initializer: every default is filled in. Plain JSON, and itself an `Initializer`. */
export type InitializerSpec = Required<ConstantInitializer> | Required<NormalInitializer> | Required<UniformInitializer> | PlainInitializer;

interface Settings {
  value: number;
  mean: number;
  stddev: number;
  low: number;
  high: number;
}

/** The settings that some initializers have, with their defaults. */
const settings: Partial<Record<InitializerName, Partial<Settings>>> = {
  constant: { value: 0 },
  normal: { mean: 0, stddev: 0.05 },
  uniform: { low: -0.05, high: 0.05 },
};

/** All values drawn with such settings are finite, in single precision too: a normal deviate stays within 9 standard deviations. */
const largest = 1e37;
const inRange = number({ min: -largest, max: largest });

const settingChecks: Checks<Settings> = {
  value: inRange,
  mean: inRange,
  stddev: number({ min: 0, max: largest }),
  low: inRange,
  high: inRange,
};

const name = oneOf(initializerNames);

export function checkInitializer(value: unknown, argument: string): InitializerSpec {
  if (typeof value !== 'object' || value === null) {
    const type = name(value, argument);
    return { type, ...settings[type] } as InitializerSpec;
  }
  const type = name(object(value, argument).type, `${argument}.type`);
  const defaults: Partial<Settings> = settings[type] ?? {};
  const keys = Object.keys(defaults) as (keyof Settings)[];
  const checks = Object.fromEntries(
    keys.map((key) => [key, (given: unknown, at: string) => (given === undefined ? defaults[key] : settingChecks[key](given, at))]),
  );
  const spec = record({ type: () => type, ...checks })(value, argument) as InitializerSpec;
  if (spec.type === 'uniform') number({ min: spec.low })(spec.high, `${argument}.high`);
  return spec;
}

/** As native code reads it: each setting that the initializer does not have is 0. */
export function nativeInitializer(spec: InitializerSpec): NativeSetting[] {
  const { value, mean, stddev, low, high }: Settings = { value: 0, mean: 0, stddev: 0, low: 0, high: 0, ...spec };
  return [['initializers', spec.type], value, mean, stddev, low, high];
}

/** Whether an initializer gives the same number to all. */
export function isConstant(spec: InitializerSpec): boolean {
  if (spec.type === 'normal') return spec.stddev === 0;
  return spec.type === 'zeros' || spec.type === 'constant' || (spec.type === 'uniform' && spec.low === spec.high);
}
