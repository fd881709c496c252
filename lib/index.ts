export type { MatrixLike, RowLike, TensorLike } from './data/matrix';
export { toRows } from './data/rows';
export type { Samples } from './data/samples';
export type { BatchIterable, SampleStream } from './data/streams';
export type { NumericArray } from './data/typed-arrays';
export { AbortError, ChainruleError, ChainruleRangeError, ChainruleTypeError, DivergenceError, type ErrorCode } from './errors';
export type { JsonModel, JsonTensor } from './formats/json';
export type { LayerGradient, LayerGradientLike } from './gradients';
export type { Input } from './input';
export type { LayerOutput, LayerwiseBackwardResult, LayerwiseGradient, LayerwisePrediction } from './inside';
export type { Layer, LayerParameters } from './layer';
export { type ClassesOptions, confusionMatrix, type Evaluation, toClasses } from './metrics';
export type { ModelBytes } from './model';
export type { FloatArray, FloatArrayOf } from './native';
export type {
  Activation,
  ActivationOptions,
  ActivationSpec,
  AdadeltaOptions,
  AdagradOptions,
  AdamaxOptions,
  AdamOptions,
  AdamWOptions,
  BatcherOptions,
  BatchNormOptions,
  BatchNormSpec,
  CategoricalInputOptions,
  CategoricalInputSpec,
  CheckpointOptions,
  ConstantInitializer,
  ConstantSchedule,
  CosineSchedule,
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
  LionOptions,
  Loss,
  LossName,
  LossOptions,
  LossSpec,
  MembersInitializer,
  MembersOptions,
  MembersSettings,
  MembersSpec,
  Metadata,
  MetricName,
  MonitorName,
  NadamOptions,
  NetworkOptions,
  NetworkSpec,
  NormalInitializer,
  NormalizeOptions,
  NormalizeSpec,
  NumericInputOptions,
  NumericInputSpec,
  Optimizer,
  OptimizerName,
  OptimizerOptions,
  PenaltyOptions,
  PeriodicInputOptions,
  PeriodicInputSpec,
  PerMember,
  PlainInitializer,
  Precision,
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
  SessionOptions,
  SgdOptions,
  SharedNetwork,
  StepOptions,
  StepSchedule,
  TrainedOptions,
  UniformInitializer,
} from './options';
export { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, members, normalize, residual, scale } from './options';
export type { BiasLike, ParameterLike, Tensor, WeightsLike } from './parameters';
export type { Prediction } from './predictor';
export type { Batcher } from './serving/batcher';
export type { Session } from './session';
export type { BackwardResult } from './steps';
export { type Info, info, setThreads, threads } from './threads';
export type { History } from './training/history';
export { type FitOptions, type NeuralNetworkConstructor, TypedNetwork as NeuralNetwork } from './typed';
export type { WarningCode } from './warnings';
