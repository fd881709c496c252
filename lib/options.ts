/**
 * Every option once. The types and defaults stand in one file for each group; each also has the check that turns the given options
 * into a complete, plain object. `options/check.ts` has the small checks that they are made of.
 */
export { checkBackward, checkData, checkUpdate, trapHabits, wrongCall } from './options/arguments';
export type { FilePath } from './options/check';
export type { CheckedCheckpoint, CheckpointOptions } from './options/checkpoint';
export type { CheckedClassWeight, ClassWeight } from './options/class-weight';
export type { CheckedEarlyStopping, EarlyStoppingOptions } from './options/early-stopping';
export { type CheckedEvaluate, checkEvaluate, type EvaluateOptions } from './options/evaluate';
export type { FindLearningRateOptions } from './options/find-learning-rate';
export {
  type BatchCallback,
  type BatchInfo,
  type CheckedFit,
  checkFit,
  type EpochCallback,
  type EpochInfo,
  type FitOptions,
  type ValidationSplit,
} from './options/fit';
export {
  type ConstantInitializer,
  type Initializer,
  type InitializerName,
  type InitializerOptions,
  type InitializerSpec,
  initializerNames,
  type NormalInitializer,
  type PlainInitializer,
  type UniformInitializer,
} from './options/initializers';
export type { CategoricalInputOptions, CategoricalInputSpec } from './options/inputs/categorical';
export type { NumericInputOptions, NumericInputSpec } from './options/inputs/numeric';
export type { PeriodicInputOptions, PeriodicInputSpec } from './options/inputs/periodic';
export type { AnyInput } from './options/inputs/row';
export { type InputKind, type InputOptions, type InputSpec, inputKinds, inputRowOf, mostInputs } from './options/inputs/rows';
export {
  type CategoryColumns,
  categoryColumnsOf,
  encodedSizeOf,
  type InputPlace,
  type Inputs,
  inputSizeOf,
  inputsOf,
  isEncoded,
} from './options/inputs/walk';
export { type ActivationOptions, type ActivationSpec, activation } from './options/layers/activation';
export { type BatchNormOptions, type BatchNormSpec, batchNorm } from './options/layers/batch-norm';
export { type DenseOptions, type DenseSettings, type DenseSpec, dense, type PerMember, perMemberNames } from './options/layers/dense';
export { type DropoutOptions, type DropoutSpec, dropout } from './options/layers/dropout';
export { type GaussianNoiseOptions, type GaussianNoiseSpec, gaussianNoise } from './options/layers/gaussian-noise';
export { type LayerNormOptions, type LayerNormSpec, layerNorm } from './options/layers/layer-norm';
export { type MembersInitializer, type MembersOptions, type MembersSettings, type MembersSpec, members } from './options/layers/members';
export { type NormalizeOptions, type NormalizeSpec, normalize } from './options/layers/normalize';
export { type ResidualOptions, type ResidualSpec, residual } from './options/layers/residual';
export {
  type Adapts,
  type AnyLayer,
  type ColumnStatistics,
  mostLayers,
  type PortableSource,
  type Shape,
  type Units,
  type Words,
} from './options/layers/row';
export { deepestLayer, type LayerKind, type LayerOptions, type LayerSpec, layerKinds, rowOf } from './options/layers/rows';
export { type ScaleOptions, type ScaleSpec, scale } from './options/layers/scale';
export type { PenaltyOptions, TrainedOptions, TrainedSpec } from './options/layers/trained';
export {
  indicesOf,
  LayerPlace,
  type Layers,
  layersOf,
  propertyOf,
  type RowsNeeded,
  rowsNeeded,
  type TensorPlace,
  tensorName,
  tensorsOf,
} from './options/layers/walk';
export { checkBackwardOptions, checkLayers, type LayersOptions } from './options/layerwise';
export { checkNetworkWithLbfgs, isLbfgsState, type LbfgsOptions, type LineSearch, mostLbfgsArrays } from './options/lbfgs';
export {
  type BinaryCrossEntropyOptions,
  type CategoricalFocalOptions,
  type CrossEntropyOptions,
  type CustomLoss,
  type CustomLossSpec,
  comparesNumbers,
  type FocalOptions,
  type HuberOptions,
  isOfClasses,
  type LoadOptions,
  type Loss,
  type LossName,
  type LossOptions,
  type LossSpec,
  type LossType,
  losses,
  lossNames,
  type PlainLoss,
  pointOutput,
  type QuantileOptions,
  type TargetKind,
  targetColumns,
  withLoss,
} from './options/losses';
export {
  type Average,
  type CheckedMetric,
  type CustomMetric,
  isNative,
  type Metric,
  type MetricName,
  type MetricOptions,
  type MetricSettings,
  type MetricValues,
  type MonitorName,
  metricNames,
  metricRows,
  type NativeMetricName,
  nativeMetricNames,
  rangeOf,
} from './options/metrics';
export {
  checkNetwork,
  lastOf,
  type NetworkOptions,
  type NetworkSpec,
  nativeSpec,
  type Precision,
  precisionNames,
  weakness,
} from './options/network';
export { type CheckedOnnx, checkFromOnnx, checkOnnx, type FromOnnxOptions, labelOutput, type OnnxOptions } from './options/onnx';
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamaxOptions,
  type AdamOptions,
  type AdamWOptions,
  type CheckedOptimizer,
  checkStepOptimizer,
  type Decays,
  type LionOptions,
  mostStateArrays,
  type NadamOptions,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  optimizerNames,
  type RadamOptions,
  type RmspropOptions,
  type RpropOptions,
  type SgdOptions,
  type StateArray,
  stateArraysOf,
} from './options/optimizer';
export { type Activation, activationNames, activations, middleOf } from './options/outputs';
export type { ProgressOptions, ProgressStream } from './options/progress';
export { checkMetadata, checkSave, type Metadata, type SaveOptions } from './options/save';
export type { CheckedSchedule } from './options/schedule';
export type {
  ConstantSchedule,
  CosineRestartsSchedule,
  CosineSchedule,
  CoslogSchedule,
  ExponentialSchedule,
  FlatCosineSchedule,
  MultiStepSchedule,
  OneCycleSchedule,
  PlateauSchedule,
  PolynomialSchedule,
  Schedule,
  ScheduleFunction,
  StepSchedule,
} from './options/schedules';
export {
  type BatcherOptions,
  checkBatcher,
  checkRequest,
  checkShared,
  type RequestOptions,
  type SharedNetwork,
} from './options/serving';
export { checkSession, type SessionOptions } from './options/session';
export { checkNetworkWithShards } from './options/shards';
export type { CheckedStep, EmaOptions, StepOptions } from './options/step';
export { checkTrainable, tensorSettings } from './options/tensor-settings';
