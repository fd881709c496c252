"""Makes xor.json: the reference XOR program in NumPy, float64, from several initial weights.

    /usr/bin/python3 test/goldens/make-xor.py      (Debian: apt-get install python3-numpy)
"""

import json
import pathlib

import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
Y = np.array([[0], [1], [1], [0]], dtype=np.float64)
PUBLISHED = np.array([0.0324, 0.9629, 0.9631, 0.0391])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Program:
    def __init__(self, W1, W2, learning_rate):
        self.W1, self.b1 = np.array(W1), np.zeros((1, 4))
        self.W2, self.b2 = np.array(W2), np.zeros((1, 1))
        self.learning_rate = learning_rate

    def forward(self):
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        return self.a2

    def epoch(self):
        """One full-batch step; the loss is measured before it."""
        a2 = self.forward()
        loss = np.mean((a2 - Y) ** 2)
        m = len(X)
        dz2 = a2 - Y
        dz1 = (dz2 @ self.W2.T) * self.a1 * (1 - self.a1)
        dW2, db2 = self.a1.T @ dz2 / m, np.sum(dz2, axis=0, keepdims=True) / m
        dW1, db1 = X.T @ dz1 / m, np.sum(dz1, axis=0, keepdims=True) / m
        self.W2 -= self.learning_rate * dW2
        self.b2 -= self.learning_rate * db2
        self.W1 -= self.learning_rate * dW1
        self.b1 -= self.learning_rate * db1
        return loss

    def outputs(self):
        return self.forward().ravel().tolist()

    def parameters(self):
        return {"W1": self.W1.tolist(), "b1": self.b1.ravel().tolist(), "W2": self.W2.tolist(), "b2": self.b2.ravel().tolist()}


def as_printed(seed):
    rng = np.random.default_rng(seed)
    program = Program(0.01 * rng.standard_normal((2, 4)), 0.01 * rng.standard_normal((4, 1)), 0.1)
    start = program.parameters()
    losses = [program.epoch() for _ in range(1000)]
    return {"seed": seed, "start": start, "losses": losses[::100], "outputs": program.outputs(), "end": program.parameters()}


def fitted():
    learning_rate = 0.397684
    W1 = [[-0.0252163, -0.119506, -0.546488, 1.37675], [0.829145, 0.53694, 0.336044, -1.42997]]
    W2 = [[-2.02079], [3.99999], [-2.01277], [-0.133876]]
    program = Program(W1, W2, learning_rate)
    losses = [program.epoch() for _ in range(1000)]
    result = {"learningRate": learning_rate, "W1": W1, "W2": W2, "losses": losses[::100], "outputs": program.outputs()}
    epochs = 1000
    while not np.all(np.abs(program.forward().ravel() - Y.ravel()) <= np.abs(PUBLISHED - Y.ravel())):
        program.epoch()
        epochs += 1
    return {**result, "epochsUntilAsGood": epochs, "outputsThen": program.outputs()}


if __name__ == "__main__":
    golden = {"asPrinted": [as_printed(seed) for seed in (0, 1, 2)], "fitted": fitted()}
    path = pathlib.Path(__file__).with_name("xor.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")
