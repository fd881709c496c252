export { type CrossValidateOptions, type CrossValidation, crossValidate, type MakeNetwork } from './cross-validate';
export type { MatrixLike, RowLike, TensorLike } from './data/matrix';
export { toRows } from './data/rows';
export type { Samples, TargetsLike, VectorLike } from './data/samples';
export type { BatchIterable, SampleStream } from './data/streams';
export type { NumericArray } from './data/typed-arrays';
export { AbortError, ChainruleError, ChainruleRangeError, ChainruleTypeError, DivergenceError, type ErrorCode } from './errors';
export type { Evaluation } from './evaluate';
export { findLearningRate, type LearningRateCurve } from './find-learning-rate';
export type { StateDictOptions, TfjsArtifacts } from './foreign-models';
export type { JsonModel, JsonOptions, JsonTensor, JsonWeights } from './formats/json';
export type { NpyData } from './formats/npy/elements';
export type { NpyArray } from './formats/npy/npy';
export type { LayerGradient, LayerGradientLike } from './gradients';
export type { Input } from './input';
export type { LayerOutput, LayerwiseBackwardResult, LayerwiseGradient, LayerwisePrediction } from './inside';
export type { Layer, LayerParameters } from './layer';
export { confusionMatrix } from './metrics/confusion-matrix';
export {
  type ActualClasses,
  type AreaOptions,
  type AveragedOptions,
  type Metrics,
  metrics,
  type WeightedOptions,
} from './metrics/functions';
export type { ClassesLike, ClassLabel } from './metrics/read';
export { type ClassesOptions, type NamedClassesOptions, toClasses } from './metrics/to-classes';
export type { ModelBytes, TorchModel } from './model';
export type { FloatArray, FloatArrayOf } from './native';
export { type NpyLike, type ReadNpzOptions, readNpy, readNpz, toNpy, toNpz, type WriteNpzOptions, writeNpy, writeNpz } from './npy';
export type {
  Activation,
  ActivationOptions,
  ActivationSpec,
  AdadeltaOptions,
  AdagradOptions,
  AdamaxOptions,
  AdamOptions,
  AdamWOptions,
  Average,
  BatchCallback,
  BatcherOptions,
  BatchInfo,
  BatchNormOptions,
  BatchNormSpec,
  BinaryCrossEntropyOptions,
  CategoricalFocalOptions,
  CategoricalInputOptions,
  CategoricalInputSpec,
  CheckpointOptions,
  ClassWeight,
  ConstantInitializer,
  ConstantSchedule,
  CosineRestartsSchedule,
  CosineSchedule,
  CoslogSchedule,
  CrossEntropyOptions,
  CustomLoss,
  CustomLossSpec,
  CustomMetric,
  Decays,
  DenseOptions,
  DenseSettings,
  DenseSpec,
  DropoutOptions,
  DropoutSpec,
  EarlyStoppingOptions,
  EmaOptions,
  EpochCallback,
  EpochInfo,
  EvaluateOptions,
  ExponentialSchedule,
  FindLearningRateOptions,
  FlatCosineSchedule,
  FocalOptions,
  FromOnnxOptions,
  GaussianNoiseOptions,
  GaussianNoiseSpec,
  HuberOptions,
  Initializer,
  InitializerName,
  InitializerOptions,
  InitializerSpec,
  InputKind,
  InputOptions,
  InputSpec,
  LayerKind,
  LayerNormOptions,
  LayerNormSpec,
  LayerOptions,
  LayerSpec,
  LayersOptions,
  LbfgsOptions,
  LineSearch,
  LionOptions,
  LoadOptions,
  Loss,
  LossName,
  LossOptions,
  LossSpec,
  MembersInitializer,
  MembersOptions,
  MembersSettings,
  MembersSpec,
  Metadata,
  Metric,
  MetricName,
  MetricOptions,
  MetricSettings,
  MetricValues,
  MonitorName,
  MultiStepSchedule,
  NadamOptions,
  NetworkOptions,
  NetworkSpec,
  NormalInitializer,
  NormalizeOptions,
  NormalizeSpec,
  NumericInputOptions,
  NumericInputSpec,
  OneCycleSchedule,
  OnnxOptions,
  Optimizer,
  OptimizerName,
  OptimizerOptions,
  PenaltyOptions,
  PeriodicInputOptions,
  PeriodicInputSpec,
  PerMember,
  PlainInitializer,
  PlainLoss,
  PlateauSchedule,
  PolynomialSchedule,
  Precision,
  ProgressOptions,
  ProgressStream,
  QuantileOptions,
  RadamOptions,
  RequestOptions,
  ResidualOptions,
  ResidualSpec,
  RmspropOptions,
  RpropOptions,
  SaveOptions,
  ScaleOptions,
  ScaleSpec,
  Schedule,
  ScheduleFunction,
  SessionOptions,
  SgdOptions,
  SharedNetwork,
  StepOptions,
  StepSchedule,
  TrainedOptions,
  UniformInitializer,
  ValidationSplit,
} from './options';
export { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, members, normalize, residual, scale } from './options';
export type { BiasLike, ParameterLike, Tensor, WeightsLike } from './parameters';
export type { Prediction } from './predictor';
export { progressBar } from './progress';
export type { Batcher } from './serving/batcher';
export type { Session } from './session';
export {
  type FoldOptions,
  groupKFold,
  kFold,
  type RowCount,
  type Split,
  stratifiedKFold,
  type TimeSeriesOptions,
  type TrainTestOptions,
  timeSeriesSplit,
  trainTestSplit,
} from './splits/folds';
export type { BackwardOptions, BackwardResult } from './steps';
export { type Info, info, setThreads, threads } from './threads';
export type { History } from './training/history';
export { type FitOptions, type NeuralNetworkConstructor, TypedNetwork as NeuralNetwork } from './typed';
export type { WarningCode } from './warnings';
