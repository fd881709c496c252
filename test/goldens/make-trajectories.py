#!/usr/bin/python3
"""Writes trajectories.json: what PyTorch's training makes of given weights and data, step by step, in f64 and f32.

Usage: /usr/bin/python3 make-trajectories.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

Everything starts from numbers that stand in the file and are exact in both element types; the batches are consecutive rows in a fixed
order. Weights are [in, units], transposed from PyTorch's. Settings that a case does not name are PyTorch's defaults, so that ours
are tested against them.
"""
import json
import os

import numpy
import torch
from torch import nn

from trajectories import exact, snapshot

torch.set_num_threads(1)

ROWS, INPUTS, OUTPUTS = 14, 3, 2

ACTIVATIONS = {
    'linear': nn.Identity,
    'sigmoid': nn.Sigmoid,
    'tanh': nn.Tanh,
    'relu': nn.ReLU,
    'leakyRelu': nn.LeakyReLU,
    'elu': nn.ELU,
    'selu': nn.SELU,
    'gelu': nn.GELU,
    'geluTanh': lambda: nn.GELU(approximate='tanh'),
    'silu': nn.SiLU,
    'mish': nn.Mish,
    'softplus': nn.Softplus,
    'softmax': lambda: nn.Softmax(dim=1),
}

# Each takes the output of the last activation, or its input where the two are fused.
LOSSES = {
    'mse': lambda spec: nn.MSELoss(),
    'mae': lambda spec: nn.L1Loss(),
    'huber': lambda spec: nn.HuberLoss(**({'delta': spec['delta']} if 'delta' in spec else {})),
    'binaryCrossEntropy': lambda spec: nn.BCEWithLogitsLoss(),
    'crossEntropy': lambda spec: nn.CrossEntropyLoss(),
}
FUSED = {('softmax', 'crossEntropy'), ('sigmoid', 'binaryCrossEntropy')}

OPTIMIZERS = {
    'sgd': torch.optim.SGD,
    'adam': torch.optim.Adam,
    'adamw': torch.optim.AdamW,
    'rmsprop': torch.optim.RMSprop,
    'adagrad': torch.optim.Adagrad,
}
# PyTorch's names of our settings.
SETTINGS = {
    'learningRate': 'lr',
    'weightDecay': 'weight_decay',
    'momentum': 'momentum',
    'nesterov': 'nesterov',
    'alpha': 'alpha',
    'epsilon': 'eps',
    'centered': 'centered',
    'learningRateDecay': 'lr_decay',
    'initialAccumulator': 'initial_accumulator_value',
}


def make_optimizer(parameters, options):
    settings = {key: value for key, value in options.items() if key != 'type'}
    betas = (settings.pop('beta1', 0.9), settings.pop('beta2', 0.999))
    given = {SETTINGS[key]: value for key, value in settings.items()}
    if options['type'] in ('adam', 'adamw'):
        given['betas'] = betas
    if options['type'] == 'sgd' and 'lr' not in given:
        given['lr'] = 1e-3  # current versions of PyTorch; older ones have no default
    return OPTIMIZERS[options['type']](parameters, **given)


def make_data(random, y):
    x = exact(random, ROWS, INPUTS)
    if y == 'labels':
        return x, random.randint(0, OUTPUTS, size=ROWS)
    if y == 'oneHot':
        return x, numpy.eye(OUTPUTS)[random.randint(0, OUTPUTS, size=ROWS)]
    if y == 'soft':
        first = random.randint(0, 129, size=(ROWS, 1)) / 128
        return x, numpy.concatenate([first, 1 - first], axis=1)
    if y == 'probabilities':
        return x, random.randint(0, 129, size=(ROWS, OUTPUTS)) / 128
    return x, exact(random, ROWS, OUTPUTS)


def run(case, dtype):
    """The snapshots after case['steps']."""
    linears, modules = [], []
    width = INPUTS
    for (units, activation), (weights, bias) in zip(case['layers'], case['initial']):
        linear = nn.Linear(width, units).to(dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weights, dtype=dtype).reshape(width, units).T)
            linear.bias.copy_(torch.tensor(bias, dtype=dtype))
        linears.append(linear)
        modules += [linear, ACTIVATIONS[activation]()]
        width = units
    loss_type = case['loss']['type']
    if (case['layers'][-1][1], loss_type) in FUSED:
        modules.pop()
    model = nn.Sequential(*modules)
    criterion = LOSSES[loss_type](case['loss'])
    optimizer = make_optimizer(model.parameters(), case['optimizer'])
    x = torch.tensor(case['x'], dtype=dtype)
    labels = not isinstance(case['y'][0], list)
    y = torch.tensor(case['y'], dtype=torch.int64 if labels else dtype)

    snapshots = []
    first = 0
    for step in range(1, case['steps'][-1] + 1):
        batch = slice(first, first + case['batchSize'])
        first = 0 if batch.stop >= ROWS else batch.stop
        optimizer.zero_grad()
        criterion(model(x[batch]), y[batch]).backward()
        optimizer.step()
        if step in case['steps']:
            snapshots.append(snapshot(linears, dtype))
    return snapshots


def make_case(name, layers, loss, optimizer, y='values', batch_size=ROWS):
    random = numpy.random.RandomState(len(CASES) + 1)
    x, targets = make_data(random, y)
    initial = []
    width = INPUTS
    for units, _ in layers:
        initial.append([exact(random, width * units).tolist(), (exact(random, units) / 2).tolist()])
        width = units
    case = {
        'name': name,
        'layers': layers,
        'loss': loss,
        'optimizer': optimizer,
        'batchSize': batch_size,
        'steps': [1, 10, 100] if batch_size >= ROWS else [4, 12, 100],  # whole epochs
        'x': x.tolist(),
        'y': targets.tolist(),
        'initial': initial,
    }
    case['f64'] = run(case, torch.float64)
    case['f32'] = run(case, torch.float32)
    apart = max(
        abs(a - b) / max(1, abs(a)) for s, t in zip(case['f64'], case['f32']) for u, v in zip(s, t) for a, b in zip(u, v)
    )
    # Where two precisions of one program part, no other program can be expected to follow: such a case would test nothing.
    assert apart < 2e-5, f'{name} is chaotic: f32 is {apart:.1e} from f64'
    print(f'{name}: f32 is {apart:.1e} from f64')
    CASES.append(case)


CASES = []
MSE = {'type': 'mse'}
PLAIN = [[5, 'tanh'], [OUTPUTS, 'linear']]

for settings in [
    {},
    {'learningRate': 0.1},
    {'learningRate': 0.05, 'momentum': 0.9},
    {'learningRate': 0.05, 'momentum': 0.9, 'nesterov': True},
    {'learningRate': 0.1, 'weightDecay': 0.05},
    {'learningRate': 0.05, 'momentum': 0.5, 'nesterov': True, 'weightDecay': 0.01},
]:
    make_case(f'sgd {json.dumps(settings)}', PLAIN, MSE, {'type': 'sgd', **settings})
for settings in [
    {},
    {'learningRate': 0.01, 'beta1': 0.8, 'beta2': 0.99, 'epsilon': 1e-6},
    {'learningRate': 0.01, 'weightDecay': 0.1},
    {'learningRate': 0.005, 'beta1': 0, 'beta2': 0.99, 'epsilon': 1e-2},
]:
    make_case(f'adam {json.dumps(settings)}', PLAIN, MSE, {'type': 'adam', **settings})
for settings in [{}, {'learningRate': 0.02, 'weightDecay': 0.2, 'epsilon': 1e-4}]:
    make_case(f'adamw {json.dumps(settings)}', PLAIN, MSE, {'type': 'adamw', **settings})
for settings in [
    {},
    {'learningRate': 0.005, 'alpha': 0.9, 'epsilon': 1e-4},
    {'learningRate': 0.002, 'momentum': 0.9},
    {'learningRate': 0.002, 'centered': True, 'epsilon': 1e-3},
    {'learningRate': 0.002, 'momentum': 0.5, 'centered': True, 'weightDecay': 0.01, 'epsilon': 1e-3},
]:
    make_case(f'rmsprop {json.dumps(settings)}', PLAIN, MSE, {'type': 'rmsprop', **settings})
for settings in [
    {},
    {'learningRate': 0.1, 'learningRateDecay': 0.1},
    {'learningRate': 0.1, 'initialAccumulator': 0.1},
    {'learningRate': 0.05, 'learningRateDecay': 0.01, 'initialAccumulator': 0.5, 'weightDecay': 0.02, 'epsilon': 1e-4},
]:
    make_case(f'adagrad {json.dumps(settings)}', PLAIN, MSE, {'type': 'adagrad', **settings})

MOMENTUM = {'type': 'sgd', 'learningRate': 0.1, 'momentum': 0.5}
for loss, last, y in [
    ({'type': 'mae'}, 'linear', 'values'),
    ({'type': 'huber'}, 'linear', 'values'),
    ({'type': 'huber', 'delta': 0.25}, 'linear', 'values'),
    ({'type': 'binaryCrossEntropy'}, 'sigmoid', 'probabilities'),
    ({'type': 'binaryCrossEntropy'}, 'sigmoid', 'oneHot'),
    ({'type': 'binaryCrossEntropy'}, 'linear', 'probabilities'),
    ({'type': 'crossEntropy'}, 'softmax', 'labels'),
    ({'type': 'crossEntropy'}, 'softmax', 'oneHot'),
    ({'type': 'crossEntropy'}, 'softmax', 'soft'),
    ({'type': 'crossEntropy'}, 'softmax', 'probabilities'),  # rows that do not sum to 1
    ({'type': 'crossEntropy'}, 'linear', 'labels'),
    ({'type': 'mse'}, 'sigmoid', 'probabilities'),
    ({'type': 'mse'}, 'softmax', 'soft'),
    ({'type': 'mae'}, 'tanh', 'values'),
]:
    make_case(f'{json.dumps(loss)}, {last}, {y}', [[5, 'tanh'], [OUTPUTS, last]], loss, MOMENTUM, y)

for activation in ACTIVATIONS:
    make_case(activation, [[5, activation], [4, activation], [OUTPUTS, 'linear']], MSE, {'type': 'adam', 'learningRate': 0.01})

WIDE = [[17, 'silu'], [18, 'tanh'], [OUTPUTS, 'softmax']]
for optimizer in [{'type': 'sgd', 'learningRate': 0.05}, {'type': 'adam'}]:
    make_case(f'batches of 4, {optimizer["type"]}', WIDE, {'type': 'crossEntropy'}, optimizer, 'labels', 4)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'trajectories.json')
with open(path, 'w') as file:
    made = f'make-trajectories.py with PyTorch {torch.__version__}, NumPy {numpy.__version__}'
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in CASES)
    file.write(f'{{"madeBy":"{made}","inputSize":{INPUTS},"cases":[\n{lines}\n]}}\n')
print(f'{len(CASES)} cases, {os.path.getsize(path)} bytes')
