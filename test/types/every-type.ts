// Uses every type that the package exports, as its name promises. test/house/types.test.ts compiles it against dist/, as users' compilers would.
import {
  AbortError,
  type Activation,
  type ActivationOptions,
  type ActivationSpec,
  type ActualClasses,
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamaxOptions,
  type AdamOptions,
  type AdamWOptions,
  type AreaOptions,
  type Average,
  type AveragedOptions,
  activation,
  type BackwardOptions,
  type BackwardResult,
  type BatchCallback,
  type Batcher,
  type BatcherOptions,
  type BatchInfo,
  type BatchIterable,
  type BatchNormOptions,
  type BatchNormSpec,
  type BiasLike,
  type BinaryCrossEntropyOptions,
  batchNorm,
  type CategoricalFocalOptions,
  type CategoricalInputOptions,
  type CategoricalInputSpec,
  ChainruleError,
  ChainruleRangeError,
  ChainruleTypeError,
  type CheckpointOptions,
  type ClassesLike,
  type ClassesOptions,
  type ClassLabel,
  type ClassWeight,
  type ConstantInitializer,
  type ConstantSchedule,
  type CosineRestartsSchedule,
  type CosineSchedule,
  type CoslogSchedule,
  type CrossEntropyOptions,
  type CrossValidateOptions,
  type CrossValidation,
  type CustomLoss,
  type CustomLossSpec,
  type CustomMetric,
  confusionMatrix,
  crossValidate,
  type Decays,
  type DenseOptions,
  type DenseSettings,
  type DenseSpec,
  DivergenceError,
  type DropoutOptions,
  type DropoutSpec,
  dense,
  dropout,
  type EarlyStoppingOptions,
  type EmaOptions,
  type EpochCallback,
  type EpochInfo,
  type ErrorCode,
  type EvaluateOptions,
  type Evaluation,
  type ExponentialSchedule,
  type FindLearningRateOptions,
  type FitOptions,
  type FlatCosineSchedule,
  type FloatArray,
  type FloatArrayOf,
  type FocalOptions,
  type FoldOptions,
  type FromOnnxOptions,
  findLearningRate,
  type GaussianNoiseOptions,
  type GaussianNoiseSpec,
  gaussianNoise,
  groupKFold,
  type History,
  type HuberOptions,
  type Info,
  type Initializer,
  type InitializerName,
  type InitializerOptions,
  type InitializerSpec,
  type Input,
  type InputKind,
  type InputOptions,
  type InputSpec,
  info,
  type JsonModel,
  type JsonOptions,
  type JsonTensor,
  type JsonWeights,
  kFold,
  type Layer,
  type LayerGradient,
  type LayerGradientLike,
  type LayerKind,
  type LayerNormOptions,
  type LayerNormSpec,
  type LayerOptions,
  type LayerOutput,
  type LayerParameters,
  type LayerSpec,
  type LayersOptions,
  type LayerwiseBackwardResult,
  type LayerwiseGradient,
  type LayerwisePrediction,
  type LbfgsOptions,
  type LearningRateCurve,
  type LineSearch,
  type LionOptions,
  type LoadOptions,
  type Loss,
  type LossName,
  type LossOptions,
  type LossSpec,
  layerNorm,
  type MakeNetwork,
  type MatrixLike,
  type MembersInitializer,
  type MembersOptions,
  type MembersSettings,
  type MembersSpec,
  type Metadata,
  type Metric,
  type MetricName,
  type MetricOptions,
  type MetricSettings,
  type Metrics,
  type MetricValues,
  type ModelBytes,
  type MonitorName,
  type MultiStepSchedule,
  members,
  metrics,
  type NadamOptions,
  type NamedClassesOptions,
  type NetworkOptions,
  type NetworkSpec,
  NeuralNetwork,
  type NeuralNetworkConstructor,
  type NormalInitializer,
  type NormalizeOptions,
  type NormalizeSpec,
  type NpyArray,
  type NpyData,
  type NpyLike,
  type NumericArray,
  type NumericInputOptions,
  type NumericInputSpec,
  normalize,
  type OneCycleSchedule,
  type OnnxOptions,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  type ParameterLike,
  type PenaltyOptions,
  type PeriodicInputOptions,
  type PeriodicInputSpec,
  type PerMember,
  type PlainInitializer,
  type PlainLoss,
  type PlateauSchedule,
  type PolynomialSchedule,
  type Precision,
  type Prediction,
  type ProgressOptions,
  type ProgressStream,
  progressBar,
  type QuantileOptions,
  type RadamOptions,
  type ReadNpzOptions,
  type RequestOptions,
  type ResidualOptions,
  type ResidualSpec,
  type RmspropOptions,
  type RowCount,
  type RowLike,
  type RpropOptions,
  readNpy,
  readNpz,
  residual,
  type SampleStream,
  type Samples,
  type SaveOptions,
  type ScaleOptions,
  type ScaleSpec,
  type Schedule,
  type ScheduleFunction,
  type Session,
  type SessionOptions,
  type SgdOptions,
  type SharedNetwork,
  type Split,
  type StateDictOptions,
  type StepOptions,
  type StepSchedule,
  scale,
  setThreads,
  stratifiedKFold,
  type TargetsLike,
  type Tensor,
  type TensorLike,
  type TfjsArtifacts,
  type TimeSeriesOptions,
  type TorchModel,
  type TrainedOptions,
  type TrainTestOptions,
  threads,
  timeSeriesSplit,
  toClasses,
  toNpy,
  toNpz,
  toRows,
  trainTestSplit,
  type UniformInitializer,
  type ValidationSplit,
  type VectorLike,
  type WarningCode,
  type WeightedOptions,
  type WeightsLike,
  type WriteNpzOptions,
  writeNpy,
  writeNpz,
} from 'chainrule';

/** Whether two types are the same, and neither is `any`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

// The options, one inside the other.
const relu: Activation = 'relu';
const lossName: LossName = 'huber';
const metric: MetricName = 'mae';
const monitor: MonitorName = 'val_mae';
const optimizerName: OptimizerName = 'adam';
const initializerName: InitializerName = 'heNormal';
const precision: Precision = 'f32' as Precision;

const constant: ConstantInitializer = { type: 'constant', value: 0.1 };
const normal: NormalInitializer = { type: 'normal', stddev: 0.1 };
const uniform: UniformInitializer = { type: 'uniform', low: -1, high: 1 };
const plain: PlainInitializer = { type: 'zeros' };
const initializerOptions: InitializerOptions[] = [constant, normal, uniform, plain];
const initializers: Initializer[] = [initializerName, ...initializerOptions];
const denseSettings: DenseSettings = { weightsInitializer: normal, biasInitializer: 'zeros' };
const denseOptions: DenseOptions = { type: 'dense', units: 8, activation: relu, ...denseSettings };
const dropoutOptions: DropoutOptions = { type: 'dropout', rate: 0.1 };
const denseSpec: DenseSpec = dense(1, 'linear', denseSettings);
const dropoutSpec: DropoutSpec = dropout(0.1);
const membersInitializer: MembersInitializer = 'ones';
const membersSettings: MembersSettings = { initializer: membersInitializer };
const membersOptions: MembersOptions = { type: 'members', count: 2, ...membersSettings };
const membersSpec: MembersSpec = members(2, membersSettings);
const perMember: PerMember = denseSpec.perMember;
const batchNormSpec: BatchNormSpec = batchNorm({ momentum: 0.1 });
const layerNormSpec: LayerNormSpec = layerNorm();
const batchNormOptions: BatchNormOptions = { type: 'batchNorm' };
const layerNormOptions: LayerNormOptions = { type: 'layerNorm', epsilon: 1e-5 };
const activationOptions: ActivationOptions = { type: 'activation', activation: relu };
const activationSpec: ActivationSpec = activation('gelu');
const noiseOptions: GaussianNoiseOptions = { type: 'gaussianNoise', stddev: 0.1 };
const noiseSpec: GaussianNoiseSpec = gaussianNoise(0.1);
const normalizeOptions: NormalizeOptions = { type: 'normalize' };
const normalizeSpec: NormalizeSpec = normalize();
const trained: TrainedOptions<'scale'> = { trainable: false, learningRateFactor: { scale: 2 } };
const penalties: PenaltyOptions = { l1: 0.1, l2: 0.1 };
export const penalised: DenseSpec = dense(1, 'linear', { ...penalties, learningRateFactor: { weights: 0.5 } });
const scaleOptions: ScaleOptions = { type: 'scale', ...trained };
const scaleSpec: ScaleSpec = scale();
const residualOptions: ResidualOptions<LayerOptions> = { type: 'residual', layers: [scaleOptions, denseOptions] };
const residualSpec: ResidualSpec<LayerSpec> = residual([scaleSpec, residual([denseSpec])]);
const layerSpecs: LayerSpec[] = [
  normalizeSpec,
  residualSpec,
  noiseSpec,
  activationSpec,
  dropoutSpec,
  denseSpec,
  batchNormSpec,
  layerNormSpec,
  membersSpec,
  { ...denseSpec, perMember },
];
const layers: LayerOptions[] = [
  normalizeOptions,
  batchNormOptions,
  layerNormOptions,
  residualOptions,
  noiseOptions,
  activationOptions,
  denseOptions,
  dropoutOptions,
  membersOptions,
  ...layerSpecs,
];
const initializerSpec: InitializerSpec = denseSpec.weightsInitializer;

const huber: HuberOptions = { type: 'huber', delta: 1 };
const lossOptions: LossOptions = huber;
const quantile: QuantileOptions = { type: 'quantile', quantiles: [0.1, 0.9] };
const binary: BinaryCrossEntropyOptions = { type: 'binaryCrossEntropy', labelSmoothing: 0.1, posWeight: [1, 2] };
const focal: FocalOptions = { type: 'focal', gamma: 2, alpha: 'none' };
const categoricalFocal: CategoricalFocalOptions = { type: 'categoricalFocal', gamma: 2 };
const crossEntropy: CrossEntropyOptions = { type: 'crossEntropy', labelSmoothing: 0.1 };
const poisson: PlainLoss = { type: 'poisson' };
const customLoss: CustomLoss = {
  value: ([o = 0], [t = 0]) => Math.abs(o - t),
  gradient: (_, __, gradient) => void gradient.fill(1),
  targets: 1,
};
const loadOptions: LoadOptions = { loss: customLoss };
const savedLoss: CustomLossSpec = { type: 'custom', targets: 1 };
const losses: Loss[] = [lossName, lossOptions, quantile, binary, focal, categoricalFocal, crossEntropy, poisson, customLoss];
const classWeights: ClassWeight[] = ['balanced', [1, 2], { 1: 3 }];
const vector: VectorLike = new Float32Array([1, 2]);
const backwardOptions: BackwardOptions = { layers: false, sampleWeight: vector };
const options: NetworkOptions = { inputSize: 2, layers, loss: lossOptions, seed: 1, precision: 'f32' };
const doubles: NetworkOptions<'f64'> = { inputSize: 2, layers, precision: 'f64' };
const spec: NetworkSpec = { inputSize: 2, layers: layerSpecs, loss: { type: 'huber', delta: 1 }, seed: 1, precision: 'f32' };
const lossSpec: LossSpec = spec.loss;

const always: ConstantSchedule = { type: 'constant', initial: 0.1, warmup: 2 };
const steps: StepSchedule = { type: 'step', every: 5, factor: 0.5 };
const exponential: ExponentialSchedule = { type: 'exponential', factor: 0.9 };
const cosine: CosineSchedule = { type: 'cosine', final: 0.001 };
const multiStep: MultiStepSchedule = { type: 'multiStep', milestones: [3, 6] };
const polynomial: PolynomialSchedule = { type: 'polynomial', power: 2, per: 'step' };
const restarts: CosineRestartsSchedule = { type: 'cosineRestarts', period: 3 };
const oneCycle: OneCycleSchedule = { type: 'oneCycle', peak: 0.1 };
const coslog: CoslogSchedule = { type: 'coslog' };
const flatCosine: FlatCosineSchedule = { type: 'flatCosine', initial: 0.1 };
const plateau: PlateauSchedule = { type: 'plateau', monitor, patience: 3 };
const ownSchedule: ScheduleFunction = (step, progress) => (1 - progress) / (1 + step);
const schedules: Schedule[] = [
  always,
  steps,
  exponential,
  cosine,
  multiStep,
  polynomial,
  restarts,
  oneCycle,
  coslog,
  flatCosine,
  plateau,
  ownSchedule,
];
const onBatch: BatchCallback = ({ epoch, batch, step, loss, learningRate }: BatchInfo) => epoch + batch + step + loss < learningRate;
const progressStream: ProgressStream = { write: (text) => text.length, isTTY: false };
const progressOptions: ProgressOptions = { stream: progressStream, text: ({ loss }) => `${loss}` };
const looped: FitOptions = { onBatch, onEpoch: progressBar(progressOptions), maxTime: 60, dropoutSchedule: flatCosine, warnings: false };
const rangeTest: FindLearningRateOptions = { from: 1e-6, to: 1, optimizer: 'adam' };
const sgd: SgdOptions = { type: 'sgd', learningRate: cosine, momentum: 0.9 };
const adam: AdamOptions = { type: 'adam', beta1: 0.9, amsgrad: true };
const adamW: AdamWOptions = { type: 'adamw', weightDecay: flatCosine };
const rmsprop: RmspropOptions = { type: 'rmsprop', centered: true };
const adagrad: AdagradOptions = { type: 'adagrad', initialAccumulator: 0.1 };
const nadam: NadamOptions = { type: 'nadam', momentumDecay: 0.01 };
const radam: RadamOptions = { type: 'radam', beta2: 0.99 };
const adamax: AdamaxOptions = { type: 'adamax', epsilon: 1e-6 };
const adadelta: AdadeltaOptions = { type: 'adadelta', rho: 0.95 };
const rprop: RpropOptions = { type: 'rprop', etaMinus: 0.4, maxStep: 1 };
const decays: Decays = 'weights';
const lion: LionOptions = { type: 'lion', weightDecay: 0.1, decays };
const optimizerOptions: OptimizerOptions[] = [sgd, adam, adamW, rmsprop, adagrad, nadam, radam, adamax, adadelta, rprop, lion];
const optimizers: Optimizer[] = [optimizerName, ...optimizerOptions];

const earlyStopping: EarlyStoppingOptions = { monitor, target: 0.1, patience: 3 };
const checkpoint: CheckpointOptions = { path: 'model.checkpoint', resume: true };
const onEpoch: EpochCallback = ({ epoch, loss }: EpochInfo) => epoch > 3 && loss < 1;

// The data.
const row: RowLike = [1, 2];
const numbers: NumericArray = new Int16Array([1, 2]);
const tensor: TensorLike = { data: numbers, shape: [1, 2] };
const matrices: MatrixLike[] = [row, [row], numbers, tensor];
const samples: Samples = { x: [[1, 2]], y: [1] };
const batches: BatchIterable = [samples];
const stream: SampleStream = async () => batches;
const weights: WeightsLike = [[1], [2]];
const bias: BiasLike = [1];

const ema: EmaOptions = { decay: 0.99 };
const stepOptions: StepOptions = { accumulate: 2, clipNorm: 1, ema };
const lineSearch: LineSearch = 'none';
const lbfgs: LbfgsOptions = { type: 'lbfgs', learningRate: 0.5, maxIterations: 10, historySize: 5, lineSearch };
const fullBatch: FitOptions = { epochs: 2, optimizer: lbfgs };
const fitOptions: FitOptions = {
  ...stepOptions,
  epochs: 2,
  validation: samples,
  metrics: [metric],
  earlyStopping,
  checkpoint,
  onEpoch,
  optimizer: sgd,
};
const average: Average = 'macro';
const metricSettings: MetricSettings = { average, zeroDivision: 0 };
const custom: CustomMetric = { name: 'mine', better: 'min', value: ({ data }: MetricValues, { shape }) => data.length + shape.length };
const metricOptions: MetricOptions = { type: 'f1', average, name: 'mineToo' };
const chosen: Metric[] = [metric, metricOptions, custom, { type: 'topKAccuracy', k: 5 }];
// @ts-expect-error: a setting of another metric
const misplaced: MetricOptions = { type: 'f1', k: 2 };
const weighted: WeightedOptions = { sampleWeight: [1, 2] };
const averaged: AveragedOptions = { ...weighted, ...metricSettings, labels: [0, 1] } as AveragedOptions;
const area: AreaOptions = { average: 'weighted' };
const classLabels: ClassLabel[] = ['a', 'b'];
const classList: ClassesLike = classLabels;
const actualClasses: ActualClasses = classList;
const targets: TargetsLike = ['a', 'b'];
const rowCount: RowCount = 10;
const foldOptions: FoldOptions = { folds: 3, shuffle: true, seed: 1 };
const seriesOptions: TimeSeriesOptions = { folds: 2, gap: 1 };
const trainTest: TrainTestOptions = { testSize: 0.5 };
const splits: Split[] = [
  ...kFold(rowCount, foldOptions),
  ...stratifiedKFold(classList),
  ...groupKFold([1, 1, 2, 3, 4, 5]),
  ...timeSeriesSplit(rowCount, seriesOptions),
  trainTestSplit(rowCount, trainTest),
];
const validationSplit: ValidationSplit = { last: 0.2 };
const makeNetwork: MakeNetwork = (fold) => new NeuralNetwork({ inputSize: 2, layers: [dense(1)], seed: fold });
const crossOptions: CrossValidateOptions = { folds: splits, fit: { epochs: 1, validationSplit }, metrics: chosen };
const measures: Metrics = metrics;
const named: NamedClassesOptions = { classNames: ['a', 'b'] };

export async function crossValidated(): Promise<number[]> {
  const { mean, folds }: CrossValidation = await crossValidate(
    makeNetwork,
    { x: [[1, 2]], y: targets, rows: splits[0]?.train ?? [] },
    crossOptions,
  );
  const each: number[] = measures.f1(actualClasses, classList, { average: 'none' });
  const one: number = measures.f1(actualClasses, classList, averaged);
  const names: string[] = toClasses([[1, 2]], named);
  return [mean.loss ?? 0, folds.length, ...each, one, measures.rocAuc([0, 1], [0.1, 0.2], area), names.length, Number(misplaced.type)];
}

const evaluateOptions: EvaluateOptions = { metrics: [metric], confusionMatrix: true };
const layersOptions: LayersOptions = { layers: true };
const classesOptions: ClassesOptions = { threshold: 0, columns: 1 };
const saveOptions: SaveOptions = { metadata: { version: '1' } };
const sessionOptions: SessionOptions = { rows: 2 };
const batcherOptions: BatcherOptions = { maxBatch: 8, maxDelay: 1 };
const request: RequestOptions = { signal: new AbortController().signal };

/** Networks as code that was written for an earlier version has them: without an argument. */
function describe(nn: NeuralNetwork): string {
  same<ReturnType<typeof nn.predict>, Prediction>(true);
  const { data }: { data: FloatArray } = nn.predict(row);
  return `${nn.precision} ${data.length}`;
}

export async function use(): Promise<unknown[]> {
  const single = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] });
  const half = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision: 'bf16' });
  const double = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision: 'f64' });
  const any = new NeuralNetwork(options);
  const wished = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision });
  same<typeof single, NeuralNetwork<'f32'>>(true);
  same<typeof half, NeuralNetwork<'bf16'>>(true);
  same<typeof double, NeuralNetwork<'f64'>>(true);
  same<typeof any, NeuralNetwork>(true);
  same<typeof wished, NeuralNetwork>(true);
  const all: NeuralNetwork[] = [single, half, double, any, new NeuralNetwork(doubles), new NeuralNetwork(spec)];
  const isNetwork: boolean = single instanceof NeuralNetwork;
  const Constructor: NeuralNetworkConstructor = NeuralNetwork;
  const made: NeuralNetwork<'f64'> = new Constructor(doubles);

  // The types that follow from the precision.
  const prediction: Prediction<'f32'> = single.predict(row);
  const floats: Float32Array = prediction.data;
  const halves: Float32Array = (await half.predictAsync([row])).data;
  const larger: Float64Array = double.forward(row).data;
  const session: Session<'f64'> = double.session(sessionOptions);
  const bound: Float64Array[] = [session.input, session.output, session.run()];
  const batcher: Batcher<'f32'> = single.batcher(batcherOptions);
  const answer: Float32Array = (await batcher.predict(row, request)).data;
  const result: BackwardResult<'f64'> = double.backward([row], [[1]]);
  const gradient: LayerGradient<'f64'> | undefined = result.gradients[0];
  const slopes: Tensor<[number, number], 'f64'> | undefined = gradient?.weights;
  const slopeValues: Float64Array | undefined = slopes?.data;
  const layer: Layer<'f32'> | undefined = single.layers[0];
  const parameters: LayerParameters<'f32'> | undefined = layer?.parameters;
  const kind: LayerKind | undefined = layer?.type;
  const weightValues: Float32Array | undefined = layer?.weights.data;
  const element: FloatArrayOf<'f64'> = larger;
  const either: Float32Array | Float64Array = any.predict(row).data;

  const layerwise: LayerwisePrediction<'f64'> = double.forward(row, { layers: true });
  const inner: LayerOutput<'f64'> | undefined = layerwise.layers[0];
  const innerValues: Float64Array | undefined = inner?.z?.data;
  const layerwiseResult: LayerwiseBackwardResult<'f64'> = double.backward([row], [[1]], { layers: true });
  const layerwiseGradient: LayerwiseGradient<'f64'> | undefined = layerwiseResult.gradients[0];
  const deltas: Float64Array | undefined = layerwiseGradient?.delta.data;
  const optional: Prediction<'f64'> = double.forward(row, layersOptions);

  // The same without arguments.
  const oldPrediction: Prediction = prediction;
  const oldSession: Session = session;
  const oldBatcher: Batcher = batcher;
  const oldResult: BackwardResult = result;
  const oldGradients: LayerGradient[] = result.gradients;
  const oldTensor: Tensor | undefined = slopes;
  const oldLayers: readonly Layer[] = single.layers;

  if (layer !== undefined) {
    layer.weights = weights;
    layer.bias = bias;
  }
  const gradientLike: LayerGradientLike = { weights, bias };
  const named: ParameterLike = weights;
  const gradientNamed: LayerGradientLike = { layer: 0, parameters: { weights: named, bias: [1, 2] } };
  single.update([gradientLike], adam);
  single.update(result.gradients, 'sgd');
  await single.fit(samples, fullBatch);
  const history: History = await single.fit(samples, fitOptions);
  await single.fit(stream, { epochs: 1 });
  const curve: LearningRateCurve = await findLearningRate(single, samples, rangeTest);
  await single.fit(samples, looped);
  const stopped: 'epochs' | 'earlyStopping' | 'target' | 'callback' | 'time' = history.stoppedBy;
  const evaluation: Evaluation = await single.evaluate(samples, evaluateOptions);
  const json: JsonModel = single.toJSON();
  const texts: JsonModel<'base64'> = single.toJSON({ weights: 'base64' });
  same<string, (typeof texts.parameters)[string]>(true);
  const jsonTensor: JsonTensor | undefined = json.parameters['layers.0.weights'];
  const handle: SharedNetwork = single.share();
  const loaded: NeuralNetwork[] = [NeuralNetwork.fromJSON(json), NeuralNetwork.fromShared(handle), await NeuralNetwork.load('model')];
  const bytes: ModelBytes = single.toBytes(saveOptions);
  const onnxOptions: OnnxOptions = { opset: 18, labels: false };
  const onnx: Uint8Array = single.toONNX(onnxOptions);
  const fromOnnx: FromOnnxOptions = { output: 'y', externalData: { 'model.onnx.data': onnx } };
  loaded.push(await NeuralNetwork.fromONNX(onnx, fromOnnx), await NeuralNetwork.fromONNX('model.onnx'));
  await single.save(new URL('file:///model'), saveOptions);
  loaded.push(NeuralNetwork.fromBytes(bytes), await NeuralNetwork.load(bytes), await NeuralNetwork.load(new URL('file:///model')));
  const metadata: Metadata = single.metadata;
  single.metadata = metadata;
  single.assign(half);
  single.close();
  const rows: number[][] = toRows(optional);
  const about: Info = info();
  setThreads(threads());

  const codes: (ErrorCode | WarningCode | 'ABORT_ERR')[] = ['WARN_CHAINRULE_SPLIT'];
  for (const error of [] as unknown[]) {
    if (error instanceof ChainruleError || error instanceof ChainruleTypeError || error instanceof ChainruleRangeError)
      codes.push(error.code);
    if (error instanceof AbortError) codes.push(error.code);
    if (error instanceof DivergenceError) codes.push(error.quantity === 'loss' ? error.code : 'ERR_CHAINRULE_DIVERGED');
  }

  // @ts-expect-error f64 networks have Float64Arrays.
  const notFloats: Float32Array = double.predict(row).data;
  // @ts-expect-error A network of any precision is not one of f32.
  const notSingle: NeuralNetwork<'f32'> = any;
  // @ts-expect-error Methods of other libraries are in no type.
  single.train;
  // @ts-expect-error An option that does not exist.
  const notOptions: FitOptions = { learningRate: 0.1 };

  return [
    ...[classWeights, backwardOptions, loadOptions, savedLoss],
    ...[initializers, initializerSpec, losses, lossSpec, schedules, optimizers, matrices, stream, floats, halves, bound, answer, element],
    ...[parameters, kind, gradientNamed, jsonTensor],
    ...[slopeValues, weightValues, either, oldPrediction, oldSession, oldBatcher, oldResult, oldGradients, oldTensor, oldLayers, loaded],
    ...[
      stopped,
      curve,
      evaluation,
      about,
      codes,
      confusionMatrix([0], [1]),
      toClasses(prediction, classesOptions),
      isNetwork,
      made,
      onnx,
      all.map(describe),
    ],
    ...[innerValues, deltas, rows, notFloats, notSingle, notOptions],
  ];
}

/** A class of a user's own. */
export class Classifier extends NeuralNetwork {
  constructor(classes: number) {
    super({ inputSize: 2, layers: [dense(classes, 'softmax')] });
  }
  classOf(x: MatrixLike): number | undefined {
    return toClasses(this.predict(x))[0];
  }
}

const inputSpecs: [NumericInputSpec, PeriodicInputSpec, CategoricalInputSpec] = [
  { type: 'numeric', columns: 2 } satisfies NumericInputOptions,
  { type: 'periodic', columns: 1, frequencies: 4, width: 3, sigma: 0.1 } satisfies PeriodicInputOptions,
  { type: 'categorical', categories: 5, width: 2, columns: 1 } satisfies CategoricalInputOptions,
];
const inputOptions: readonly InputOptions[] = inputSpecs;
const encoded = new NeuralNetwork({ inputs: inputOptions, layers: [dense(1)] });
const inputList: readonly Input<'f32'>[] = encoded.inputs;
const inputKindList: InputKind[] = inputList.map(({ type }) => type);
const allInputOptions: InputSpec[] = inputList.map(({ options }) => options);
export const inputsUsed = [inputKindList, allInputOptions];

const npyLike: NpyLike = [[1, 2]];
const reading: ReadNpzOptions = { maxBytes: 1024 };
const writing: WriteNpzOptions = { compress: true };
export const npy = async (): Promise<NpyData[]> => {
  const array: NpyArray = await readNpy(toNpy(npyLike));
  const all: Record<string, NpyArray> = await readNpz(await toNpz({ array }, writing), reading);
  await writeNpy('x.npy', array);
  await writeNpz('x.npz', all, writing);
  return [array.data];
};

const jsonWeights: JsonWeights = 'base64';
export const jsonOptions: JsonOptions = { weights: jsonWeights };

const stateDictOptions: StateDictOptions = { names: { 'layers.0': 'fc' } };
export const torch = async (): Promise<boolean> => {
  const { stateDict, module }: TorchModel = new NeuralNetwork(options).toPyTorch();
  const read = await NeuralNetwork.fromSafetensors(stateDict, doubles, stateDictOptions);
  same<Float64Array<ArrayBufferLike>, ReturnType<typeof read.predict>['data']>(true);
  return module.length > 0;
};

const artifacts: TfjsArtifacts = { modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(4) };
export const foreign = async (): Promise<number> =>
  (await NeuralNetwork.fromTfjs(artifacts)).inputSize + (await NeuralNetwork.fromBrainJS({})).inputSize;
