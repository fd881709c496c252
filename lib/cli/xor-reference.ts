/*
 * The reference program (2-4-1, sigmoid, full batch, output error a2 - y), what was published as its output, and a start that leads there.
 */

/** The four samples. */
export const samples: Record<'x' | 'y', number[][]> = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [[0], [1], [1], [0]],
};

/** The hyperparameters that the program is printed with. */
export const printed: Record<'learningRate' | 'weightsStddev' | 'epochs' | 'every', number> = {
  learningRate: 0.1,
  weightsStddev: 0.01,
  epochs: 1000,
  every: 100,
};

/** The table that is published with it: mean squared errors, and the outputs after the last epoch. */
export const published: Record<'losses' | 'outputs', number[]> = {
  losses: [0.2508, 0.249, 0.2419, 0.2184, 0.1481, 0.0621, 0.0267, 0.014, 0.0087, 0.0061],
  outputs: [0.0324, 0.9629, 0.9631, 0.0391],
};

/**
 * Initial weights and a learning rate from which the same algorithm follows the published losses: found by least squares on the ten
 * losses, with biases of zero and weights of at most 4. No start was found that fits them exactly.
 */
export const fitted: { learningRate: number; weights: number[][][] } = {
  learningRate: 0.397684,
  weights: [
    [
      [-0.0252163, -0.119506, -0.546488, 1.37675],
      [0.829145, 0.53694, 0.336044, -1.42997],
    ],
    [[-2.02079], [3.99999], [-2.01277], [-0.133876]],
  ],
};
