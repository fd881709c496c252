const other = (of: string) => new RegExp(`^ERR_CHAINRULE_MPI: rank 1 does not train the same as rank 0: ${of}$`);
const pattern = (start: string) => new RegExp(`^ERR_CHAINRULE_${start}$`);

/** The reason that all ranks give in each refusal of refusals.mjs. */
export const refusedByAll: Record<string, RegExp> = {
  version: other('version is "\\d+\\.\\S+" on rank 0, but "\\d+\\.\\S+" on rank 1'),
  options: other('options.batchSize is 64 on rank 0, but 32 on rank 1'),
  optimizer: other('options.optimizer.momentum is 0.9 on rank 0, but 0.8 on rank 1'),
  layers: other('network.layers\\[0\\].units is 9 on rank 0, but 10 on rank 1'),
  seed: other('network.seed is 4 on rank 0, but 5 on rank 1'),
  weights: other('weights \\(SHA-256\\) is "\\w{16}" on rank 0, but "\\w{16}" on rank 1'),
  callbacks: other('options.onBatch is false on rank 0, but true on rank 1'),
  checkpoints: other('options.checkpoint is true on rank 0, but false on rank 1'),
  'targets of another kind': other('data.y is "class indices" on rank 0, but "numbers" on rank 1'),
  'weights of rows': other('data.weights is true on rank 0, but false on rank 1'),
  validation: other('validation.values \\(SHA-256\\) is "\\w{16}" on rank 0, but "\\w{16}" on rank 1'),
  'no validation': other('validation is an object on rank 0, but absent on rank 1'),
  'a stream and samples': other('options.data is "stream" on rank 0, but "samples" on rank 1'),
  'all rows': pattern(
    'MPI: every rank has given the same 200 rows: each is to give its own part of them, rows begin to end of group.slice\\(200\\)',
  ),
  'another share': pattern('MPI: rank 0 has 99 rows of data, of which there are 200 in all: group.slice\\(200\\) gives it 100'),
  'all rows on one rank': pattern('MPI: rank 0 has 100 rows of data, of which there are 300 in all: group.slice\\(300\\) gives it 150'),
  'a stream that ends early': pattern('MPI: the stream of rank 1 ends before batches\\[2\\], which rank 0 has'),
  'other shares of a batch': pattern(
    'MPI: rank 0 has 100 rows of batches\\[1\\], of which there are 193 in all: group.slice\\(193\\) gives it 96',
  ),
  'few rows of a batch': pattern(
    'SHAPE: batches\\[0\\] must have at least 2 rows for each of its 16 shards, as layers\\[1\\] is batchNorm, which measures each batch, got 30',
  ),
  'few rows of the last batch': pattern('SHAPE: each shard of a batch must have at least 2 rows, as layers\\[1\\] is batchNorm, .*'),
  shards: pattern('OPTION: shards must be a multiple of the 2 ranks of the group, got 1'),
  validationSplit: pattern('OPTION: group does not go with validationSplit: give validation, the same rows on each rank'),
  lbfgs: pattern('OPTION: group does not go with optimizer "lbfgs", which has all rows in each step'),
  balanced: pattern('OPTION: group does not go with classWeight "balanced", as no rank can count all classes: give the weights'),
  'a metric without validation': pattern('OPTION: in a group the metric "f1" needs validation data: no rank has all rows'),
  'a monitor of training': pattern('OPTION: earlyStopping.monitor "f1" is not measured in a group: take "val_f1"'),
  normalize: pattern(
    "OPTION: data is a part of a group's, which layers\\[0\\] cannot be measured on before the first step: call await nn.adapt\\(x\\) .*",
  ),
  'a checkpoint that one rank does not see': pattern(
    'MPI: rank 0 has found one of 1 epochs, and rank 1 none, as the checkpoint: all ranks must read the same file',
  ),
  'a checkpoint with other weights on one rank': pattern(
    'MPI: rank 0 has found one of 1 epochs, and rank 1 another one of as many, as the checkpoint: all ranks must read the same file',
  ),
};

/** The error of rank 1 alone, of which rank 0 hears. */
export const errorsOfOne: Record<string, RegExp> = {
  'a checkpoint of another training on one rank': /^ERR_CHAINRULE_CHECKPOINT: \S+ is the checkpoint of another training: /,
  'a folder that one rank does not have': /^ENOENT: /,
  'a number that is not finite': /^ERR_CHAINRULE_VALUE: x at row 0, column 5 must be a finite number, got NaN$/,
  'a class that there is not': /^ERR_CHAINRULE_VALUE: y\[5\] must be a class index from 0 to 2, got 3$/,
  'a signal before the start': /^ABORT_ERR: /,
  'an error in onEpoch': /: mine$/,
  'an error in onBatch': /: mine$/,
  'an error in a metric': /: mine$/,
  'an error of a stream': /: mine$/,
  'an error of a stream, and onBatch': /: mine$/,
  'a batch that is none': /^ERR_CHAINRULE_SHAPE: batches\[1\].x must have 13 columns \(inputSize\), got 2$/,
};
