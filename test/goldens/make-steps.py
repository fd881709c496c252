#!/usr/bin/python3
"""Writes steps.json: PyTorch's training in f64 with accumulated and clipped gradients, averaged weights, and L-BFGS.

Usage: /usr/bin/python3 make-steps.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

All cases have the same data and initial weights, which are exact in both element types. The batches are consecutive rows in a fixed order.
Weights are [in, units], transposed from PyTorch's.
"""
import json
import os

import numpy
import torch
from torch import nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

ROWS, INPUTS, HIDDEN, OUTPUTS = 14, 3, 5, 2
EPOCHS = [1, 2, 5]
LBFGS_EPOCHS = [1, 2]  # of up to 20 iterations each: rounding grows from one to the next

OPTIMIZERS = {'sgd': torch.optim.SGD, 'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}
SETTINGS = {'learningRate': 'lr', 'momentum': 'momentum', 'weightDecay': 'weight_decay'}
LBFGS_SETTINGS = {
    'learningRate': 'lr',
    'maxIterations': 'max_iter',
    'maxEvaluations': 'max_eval',
    'toleranceGradient': 'tolerance_grad',
    'toleranceChange': 'tolerance_change',
    'historySize': 'history_size',
}

CASES = [
    ({'type': 'sgd', 'learningRate': 0.1}, {'clipNorm': 0.5}),
    ({'type': 'sgd', 'learningRate': 0.1, 'momentum': 0.9}, {'clipNorm': 100}),
    ({'type': 'adam', 'learningRate': 0.01}, {'clipNorm': 0.25}),
    ({'type': 'adamw', 'learningRate': 0.01}, {'clipValue': 0.125}),
    ({'type': 'sgd', 'learningRate': 0.1}, {'clipValue': 0.0625}),
    ({'type': 'sgd', 'learningRate': 0.1}, {'accumulate': 3}),
    ({'type': 'adam', 'learningRate': 0.01}, {'accumulate': 2, 'clipValue': 0.125}),
    ({'type': 'adam', 'learningRate': 0.01}, {'ema': {'decay': 0.75}}),
    ({'type': 'sgd', 'learningRate': 0.1}, {'ema': {'decay': 0.5}}),
    ({'type': 'adamw', 'learningRate': 0.01, 'weightDecay': 0.1}, {'accumulate': 3, 'clipNorm': 0.25, 'ema': {'decay': 0.875}}),
]
LBFGS_CASES = [
    {},
    {'historySize': 3, 'maxIterations': 7},
    {'learningRate': 0.5, 'maxIterations': 4, 'maxEvaluations': 6},
    {'lineSearch': 'none', 'learningRate': 0.125, 'maxIterations': 6},
    {'lineSearch': 'none', 'learningRate': 0.25, 'historySize': 2, 'maxIterations': 5, 'toleranceChange': 1e-3},
    {'toleranceGradient': 0.01},
]


def exact(random, *shape):
    """Numbers in [-1, 1) that f32 and f64 hold alike, and that take few digits."""
    return random.integers(-128, 128, shape) / 128


random = numpy.random.default_rng(15)
X, Y = exact(random, ROWS, INPUTS), 4 * exact(random, ROWS, OUTPUTS)
INITIAL = [exact(random, INPUTS, HIDDEN), exact(random, HIDDEN), exact(random, HIDDEN, OUTPUTS), exact(random, OUTPUTS)]


def make_model():
    model = nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, OUTPUTS))
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), INITIAL):
            parameter.copy_(torch.tensor(value.T if value.ndim == 2 else value))
    return model


def weights_of(model):
    return [p.detach().numpy().T.ravel().tolist() for p in model.parameters()]


def train(options, steps, batch_size):
    model, loss = make_model(), nn.MSELoss()
    optimizer = OPTIMIZERS[options['type']](model.parameters(), **{SETTINGS[k]: v for k, v in options.items() if k != 'type'})
    decay = steps.get('ema', {}).get('decay', 0)
    averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda average, latest, _: decay * average + (1 - decay) * latest)
    x, y = torch.tensor(X), torch.tensor(Y)
    rows_of_step = batch_size * steps.get('accumulate', 1)
    found = []
    for epoch in range(1, max(EPOCHS) + 1):
        for first in range(0, ROWS, rows_of_step):
            rows = min(rows_of_step, ROWS - first)
            optimizer.zero_grad()
            for begin in range(first, first + rows, batch_size):
                part = slice(begin, min(begin + batch_size, first + rows))
                (loss(model(x[part]), y[part]) * (part.stop - part.start) / rows).backward()
            if 'clipNorm' in steps:
                nn.utils.clip_grad_norm_(model.parameters(), steps['clipNorm'])
            if 'clipValue' in steps:
                nn.utils.clip_grad_value_(model.parameters(), steps['clipValue'])
            optimizer.step()
            averaged.update_parameters(model)
        if epoch in EPOCHS:
            found.append(weights_of(averaged.module if decay > 0 else model))
    return found


def train_lbfgs(options):
    model, loss = make_model(), nn.MSELoss()
    given = {LBFGS_SETTINGS[k]: v for k, v in options.items() if k != 'lineSearch'}
    search = 'strong_wolfe' if options.get('lineSearch', 'strongWolfe') == 'strongWolfe' else None
    optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn=search, **given)
    x, y = torch.tensor(X), torch.tensor(Y)

    def closure():
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        return value

    found, losses = [], []
    for epoch in range(1, max(LBFGS_EPOCHS) + 1):
        losses.append(float(optimizer.step(closure)))
        if epoch in LBFGS_EPOCHS:
            found.append(weights_of(model))
    return found, losses


cases = [{'optimizer': o, 'steps': s, 'batchSize': 4, 'weights': train(o, s, 4)} for o, s in CASES]
for options in LBFGS_CASES:
    weights, losses = train_lbfgs(options)
    cases.append({'optimizer': {'type': 'lbfgs', **options}, 'epochs': LBFGS_EPOCHS, 'weights': weights, 'losses': losses})

golden = {
    'madeBy': f'make-steps.py with PyTorch {torch.__version__}, NumPy {numpy.__version__}',
    'epochs': EPOCHS,
    'x': X.tolist(),
    'y': Y.tolist(),
    'initial': [value.ravel().tolist() for value in INITIAL],
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'steps.json')
with open(path, 'w', encoding='utf8') as file:
    head = json.dumps(golden, separators=(',', ':'))[:-1]
    rows = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)
    file.write(f'{head},"cases":[\n{rows}\n]}}\n')
