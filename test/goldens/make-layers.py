#!/usr/bin/python3
"""Writes layers.json: what PyTorch makes of layers that are not dense, in f64: loss, gradients, and the parameters after five steps.

Usage: /usr/bin/python3 make-layers.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

Parameters are leaves in our shapes, under our names; PyTorch's functions compute with them. Rows are a list of matrices, one for each member
of an ensemble. The loss is the mean of the members' losses, the prediction the mean of their outputs.
"""
import json
import math
import os

import numpy
import torch
from torch.nn import functional

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

ROWS, STEPS = 7, 5

ACTIVATIONS = {
    'linear': lambda z: z,
    'tanh': torch.tanh,
    'relu': torch.relu,
    'gelu': functional.gelu,
    'silu': functional.silu,
    'mish': functional.mish,
    'softmax': lambda z: torch.softmax(z, dim=1),
}
OPTIMIZERS = {
    'sgd': ({'type': 'sgd', 'learningRate': 0.1, 'momentum': 0.5}, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5)),
    'adam': ({'type': 'adam', 'learningRate': 0.01}, lambda p: torch.optim.Adam(p, lr=0.01)),
}


class Network:
    """Draws its parameters when it is first called."""

    def __init__(self, case, random):
        self.case, self.random = case, random
        self.tensors, self.buffers = {}, {}
        self.training = True

    def exact(self, *shape):
        """Numbers in [-1, 1) of few digits."""
        return self.random.randint(-128, 128, size=shape) / 128

    def parameter(self, name, shape, around=0.0):
        if name not in self.tensors:
            self.tensors[name] = torch.tensor(around + self.exact(*shape) / 2, requires_grad=True)
        return self.tensors[name]

    def buffer(self, name, values):
        return self.buffers.setdefault(name, torch.tensor(values))

    def encode(self, x):
        if 'inputs' not in self.case:
            return x
        encoded, first = [], 0
        for index, spec in enumerate(self.case['inputs']):
            for column in range(spec['columns']):
                encoded.append(self.encode_column(f'inputs.{index}', spec, column, x[:, first]))
                first += 1
        return torch.cat(encoded, dim=1)

    def encode_column(self, name, spec, column, values):
        if spec['type'] == 'numeric':
            return values[:, None]
        if spec['type'] == 'periodic':
            columns, count, width = spec['columns'], spec['frequencies'], spec['width']
            frequencies = self.parameter(f'{name}.frequencies', (columns, count))[column]
            weights = self.parameter(f'{name}.weights', (columns, 2 * count, width))[column]
            bias = self.parameter(f'{name}.bias', (columns, width))[column]
            angles = 2 * math.pi * values[:, None] * frequencies
            return torch.relu(functional.linear(torch.cat([torch.cos(angles), torch.sin(angles)], dim=1), weights.T, bias))
        if 'width' not in spec:
            return functional.one_hot(values.long(), spec['categories']).double()
        columns, shape = spec['columns'], (spec['categories'], spec['width'])
        table = self.parameter(f'{name}.embedding', shape if columns == 1 else (columns, *shape))
        return functional.embedding(values.long(), table if columns == 1 else table[column])

    def layers(self, layers, prefix, rows):
        for index, spec in enumerate(layers):
            rows = getattr(self, spec['type'])(f'{prefix}layers.{index}', spec, rows)
        return rows

    def dense(self, name, spec, rows):
        units, columns, members = spec['units'], rows[0].shape[1], len(rows)
        activate, variant = ACTIVATIONS[spec['activation']], spec.get('perMember', 'none')
        own = variant == 'weights'
        weights = self.parameter(f'{name}.weights', (members, columns, units) if own else (columns, units))
        bias = self.parameter(f'{name}.bias', (units,) if variant == 'none' else (members, units))
        if variant == 'none':
            return [activate(functional.linear(x, weights.T, bias)) for x in rows]
        if own:
            return [activate(functional.linear(x, weights[m].T, bias[m])) for m, x in enumerate(rows)]
        into = self.parameter(f'{name}.inputScale', (members, columns), 1.0)
        out = self.parameter(f'{name}.outputScale', (members, units), 1.0)
        return [activate(functional.linear(x * into[m], weights.T) * out[m] + bias[m]) for m, x in enumerate(rows)]

    def activation(self, name, spec, rows):
        return [ACTIVATIONS[spec['activation']](x) for x in rows]

    def scale(self, name, spec, rows):
        scale = self.parameter(f'{name}.scale', (1, rows[0].shape[1]), 1.0)
        return [x * scale for x in rows]

    def members(self, name, spec, rows):
        scales = self.parameter(f'{name}.inputScale', (spec['count'], rows[0].shape[1]), 1.0)
        return [rows[0] * scale for scale in scales]

    def residual(self, name, spec, rows):
        return [x + inner for x, inner in zip(rows, self.layers(spec['layers'], f'{name}.', rows))]

    def scale_and_bias(self, name, columns):
        return self.parameter(f'{name}.scale', (columns,), 1.0), self.parameter(f'{name}.bias', (columns,))

    def layerNorm(self, name, spec, rows):
        columns = rows[0].shape[1]
        scale, bias = self.scale_and_bias(name, columns)
        return [functional.layer_norm(x, (columns,), scale, bias, spec.get('epsilon', 1e-5)) for x in rows]

    def batchNorm(self, name, spec, rows):
        (x,) = rows
        columns = x.shape[1]
        scale, bias = self.scale_and_bias(name, columns)
        mean = self.buffer(f'{name}.runningMean', self.exact(columns))
        variance = self.buffer(f'{name}.runningVariance', 1 + self.exact(columns) / 2)
        settings = {'momentum': spec.get('momentum', 0.1), 'eps': spec.get('epsilon', 1e-5)}
        return [functional.batch_norm(x, mean, variance, scale, bias, training=self.training, **settings)]

    def outputs(self, x):
        return self.layers(self.case['layers'], '', [self.encode(x)])

    def loss(self, x, y):
        if self.case.get('loss') == 'crossEntropy':
            losses = [functional.nll_loss(torch.log(output), y) for output in self.outputs(x)]
        else:
            losses = [functional.mse_loss(output, y) for output in self.outputs(x)]
        return sum(losses) / len(losses)

    def predict(self, x):
        self.training = False
        with torch.no_grad():
            outputs = self.outputs(x)
        self.training = True
        return flat(sum(outputs) / len(outputs))

    def all(self):
        return {**self.tensors, **self.buffers}


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def trained(network, x, y, make):
    """The tensors after all steps, and a prediction by them."""
    before = {name: tensor.detach().clone() for name, tensor in network.all().items()}
    optimizer = make(list(network.tensors.values()))
    for _ in range(STEPS):
        optimizer.zero_grad()
        network.loss(x, y).backward()
        optimizer.step()
    result = {'tensors': {name: flat(tensor) for name, tensor in network.all().items()}, 'prediction': network.predict(x)}
    with torch.no_grad():
        for name, tensor in network.all().items():
            tensor.copy_(before[name])
    return result


def make_case(name, case, optimizers=('sgd', 'adam')):
    random = numpy.random.RandomState(len(CASES) + 1)
    network = Network(case, random)
    columns = [network.exact(ROWS, case['inputSize'])] if 'inputSize' in case else []
    for spec in case.get('inputs', []):
        categorical = spec['type'] == 'categorical'
        shape = (ROWS, spec['columns'])
        columns.append(random.randint(0, spec['categories'], size=shape) if categorical else network.exact(*shape))
    x = torch.tensor(numpy.concatenate(columns, axis=1).astype(float))
    outputs = case['layers'][-1]['units']
    y = torch.tensor(random.randint(0, outputs, size=ROWS) if case.get('loss') == 'crossEntropy' else network.exact(ROWS, outputs))
    prediction = network.predict(x)
    initial = {key: flat(tensor) for key, tensor in network.all().items()}
    buffers = {key: tensor.clone() for key, tensor in network.buffers.items()}
    loss = network.loss(x, y)
    loss.backward()
    gradients = {key: flat(tensor.grad) for key, tensor in network.tensors.items()}
    for key, tensor in buffers.items():
        network.buffers[key].copy_(tensor)
    CASES.append({
        'name': name,
        'options': case,
        'x': x.tolist(),
        'y': y.tolist(),
        'tensors': initial,
        'prediction': prediction,
        'loss': loss.item(),
        'gradients': gradients,
        'trainings': [
            {'optimizer': options, 'steps': STEPS, **trained(network, x, y, make)} for options, make in map(OPTIMIZERS.get, optimizers)
        ],
    })


def dense(units, activation='linear', **settings):
    return {'type': 'dense', 'units': units, 'activation': activation, **settings}


def block(width):
    return {'type': 'residual', 'layers': [{'type': 'layerNorm'}, dense(7, 'relu'), dense(width)]}


CASES = []
NORM = {'type': 'layerNorm'}
BATCH_NORM = {'type': 'batchNorm'}
PER_MEMBER = {'perMember': 'weights'}

make_case('layerNorm', {'inputSize': 3, 'layers': [dense(5, 'tanh'), NORM, dense(4, 'gelu'), {**NORM, 'epsilon': 0.01}, dense(2)]})
make_case('layerNorm first', {'inputSize': 4, 'layers': [NORM, dense(2)]})
make_case('batchNorm', {
    'inputSize': 3,
    'layers': [dense(5, 'silu'), BATCH_NORM, dense(4, 'tanh'), {**BATCH_NORM, 'momentum': 0.3, 'epsilon': 0.01}, dense(2)],
})
# Not by Adam: the gradient of the first bias is nothing but rounding errors, which Adam would make steps of.
make_case('batchNorm after a linear layer', {'inputSize': 3, 'layers': [dense(5), BATCH_NORM, dense(2)]}, ('sgd',))
make_case('batchNorm first', {'inputSize': 3, 'layers': [BATCH_NORM, dense(3, 'softmax')], 'loss': 'crossEntropy'})
make_case('residual', {'inputSize': 3, 'layers': [dense(4), block(4), block(4), dense(2)]})
make_case('residual first', {'inputSize': 3, 'layers': [block(3), dense(3, 'softmax')], 'loss': 'crossEntropy'})
make_case('scale', {'inputSize': 3, 'layers': [{'type': 'scale'}, dense(5, 'tanh'), {'type': 'scale'}, dense(2)]})
make_case('activation', {'inputSize': 3, 'layers': [dense(5), {'type': 'activation', 'activation': 'mish'}, dense(2)]})
make_case('categorical', {
    'inputs': [
        {'type': 'numeric', 'columns': 2},
        {'type': 'categorical', 'categories': 6, 'width': 3, 'columns': 1},
        {'type': 'categorical', 'categories': 5, 'width': 2, 'columns': 2},
        {'type': 'categorical', 'categories': 3, 'columns': 1},
    ],
    'layers': [dense(4, 'tanh'), dense(2)],
})
make_case('periodic', {
    'inputs': [{'type': 'periodic', 'columns': 2, 'frequencies': 3, 'width': 4, 'sigma': 0.1}, {'type': 'numeric', 'columns': 1}],
    'layers': [dense(4, 'tanh'), dense(2)],
})
make_case('members', {'inputSize': 3, 'layers': [{'type': 'members', 'count': 3}, dense(5, 'tanh'), dense(2, **PER_MEMBER)]})
make_case('members, scales', {
    'inputSize': 3,
    'layers': [{'type': 'members', 'count': 2}, dense(5, 'silu', perMember='scales'), dense(3, 'softmax', **PER_MEMBER)],
    'loss': 'crossEntropy',
})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'layers.json')
with open(path, 'w') as file:
    made = f'make-layers.py with PyTorch {torch.__version__}, NumPy {numpy.__version__}'
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in CASES)
    file.write(f'{{"madeBy":"{made}","cases":[\n{lines}\n]}}\n')
print(f'{len(CASES)} cases, {os.path.getsize(path)} bytes')
