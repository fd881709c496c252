/** Names that other libraries use, and ours for the same thing. */
const elsewhere: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  eps: 'epsilon',
  rho: 'alpha',
  gamma: 'factor',
  stepsize: 'every',
  etamin: 'final',
  tmax: 'epochs',
  iterations: 'epochs',
  maxiter: 'epochs',
  validationdata: 'validation',
  restorebestweights: 'restoreBest',
  kernelinitializer: 'weightsInitializer',
  callback: 'onEpoch',
  callbackperiod: 'callbackEvery',
  rate: 'learningRate',
  size: 'units',
  momentum: 'sgd',
  nesterov: 'sgd',
  swish: 'silu',
  logistic: 'sigmoid',
  lrelu: 'leakyRelu',
  gelunew: 'geluTanh',
  identity: 'linear',
  glorotnormal: 'xavierNormal',
  glorotuniform: 'xavierUniform',
  kaimingnormal: 'heNormal',
  kaiminguniform: 'heUniform',
  meansquarederror: 'mse',
  meanabsoluteerror: 'mae',
  acc: 'accuracy',
  topk: 'topKAccuracy',
  topkcategoricalaccuracy: 'topKAccuracy',
  auc: 'rocAuc',
  auroc: 'rocAuc',
  rocaucscore: 'rocAuc',
  auprc: 'prAuc',
  averageprecision: 'prAuc',
  f1score: 'f1',
  fbetascore: 'fBeta',
  matthewscorrcoef: 'mcc',
  kappa: 'cohenKappa',
  ece: 'expectedCalibrationError',
  brierscore: 'brier',
  rootmeansquarederror: 'rmse',
  medae: 'medianAbsoluteError',
  r2score: 'r2',
  bce: 'binaryCrossEntropy',
  logloss: 'binaryCrossEntropy',
  nll: 'crossEntropy',
  l1: 'mae',
  l2: 'mse',
  smoothl1: 'huber',
  pinball: 'quantile',
  quantileloss: 'quantile',
  kldiv: 'kl',
  kldivergence: 'kl',
  poissonnll: 'poisson',
  sigmoidfocal: 'focal',
  binaryfocalcrossentropy: 'focal',
  categoricalfocalcrossentropy: 'categoricalFocal',
  categoricalhinge: 'hinge',
  categoricalcrossentropy: 'crossEntropy',
  sparsecategoricalcrossentropy: 'crossEntropy',
  float: 'f32',
  float32: 'f32',
  float64: 'f64',
  double: 'f64',
};

/** The name in `known` that someone who wrote `word` probably meant, or undefined. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const plain = simplify(word);
  const translated = elsewhere[plain];
  if (translated !== undefined && known.includes(translated)) return translated;

  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(plain.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(plain, simplify(name), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Case, underscores and dashes make no difference. */
function simplify(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replace(/[_\s-]/g, '');
}

/** Levenshtein's distance, in which two neighbours that changed places are one edit; or `limit` if it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replace, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return Math.min(row[b.length] ?? limit, limit);
}
