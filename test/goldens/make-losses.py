#!/usr/bin/python3
"""Writes losses.json: what PyTorch makes of every loss, in f64: the loss of a batch and its gradients, without and with weights of samples.

Usage: /usr/bin/python3 make-losses.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

PyTorch 1.13 has no hinge, quantile or focal loss over probabilities: their formulas are written out here, focal as in torchvision's
sigmoid_focal_loss, hinge as in Keras. Weighted means are sum(w l) / sum(w) over the rows' losses.
"""
import json
import os

import numpy
import torch
from torch.nn import functional

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

ROWS, INPUTS = 6, 3


def cross_entropy(z, y, spec):
    return functional.cross_entropy(z, y, reduction='none', label_smoothing=spec.get('labelSmoothing', 0.0))


def kl(z, y, spec):
    return functional.kl_div(torch.log_softmax(z, dim=1), y, reduction='none').sum(dim=1)


def categorical_focal(z, y, spec):
    logs = torch.log_softmax(z, dim=1)
    if y.dtype == torch.int64:
        y = functional.one_hot(y, z.shape[1]).double()
    return -(y * (1 - logs.exp()) ** spec.get('gamma', 2) * logs).sum(dim=1)


def bce(z, y, spec):
    smoothing = spec.get('labelSmoothing', 0.0)
    y = y * (1 - smoothing) + smoothing / 2
    weight = torch.tensor(spec.get('posWeight', 1.0)).double()
    return functional.binary_cross_entropy_with_logits(z, y, pos_weight=weight, reduction='none').mean(dim=1)


def focal(z, y, spec):
    gamma, alpha = spec.get('gamma', 2), spec.get('alpha', 0.25)
    p = torch.sigmoid(z)
    ce = functional.binary_cross_entropy_with_logits(z, y, reduction='none')
    loss = ce * (1 - (p * y + (1 - p) * (1 - y))) ** gamma
    if alpha != 'none':
        loss = (alpha * y + (1 - alpha) * (1 - y)) * loss
    return loss.mean(dim=1)


def poisson(z, y, spec):
    return functional.poisson_nll_loss(z, y, log_input=True, full=False, reduction='none').mean(dim=1)


def hinge(z, y, spec):
    return torch.clamp(1 - (2 * y - 1) * z, min=0).mean(dim=1)


def squared_hinge(z, y, spec):
    return (torch.clamp(1 - (2 * y - 1) * z, min=0) ** 2).mean(dim=1)


def quantile(o, y, spec):
    q = torch.tensor(spec.get('quantiles', [0.1, 0.5, 0.9]))
    d = y.unsqueeze(2) - o.reshape(len(y), y.shape[1], len(q))
    return torch.maximum(q * d, (q - 1) * d).mean(dim=(1, 2))


def gaussian_nll(o, y, spec):
    pairs = o.reshape(len(y), y.shape[1], 2)
    return functional.gaussian_nll_loss(pairs[:, :, 0], y, pairs[:, :, 1], reduction='none').mean(dim=1)


def mean_variance(z):
    odd = torch.arange(z.shape[1]) % 2 == 1
    return torch.where(odd, functional.softplus(z), z)


LINEAR = {'linear': lambda z: z}
SIGMOID = {**LINEAR, 'sigmoid': torch.sigmoid}
SOFTMAX = {**LINEAR, 'softmax': lambda z: torch.softmax(z, dim=1)}
RATE = {**LINEAR, 'exp': torch.exp}
PAIRS = {'meanVariance': mean_variance}
# A kind of targets, the loss of each row, and the last activations; the loss reads what is before those that are fused.
LOSSES = {
    'mse': ('numbers', lambda o, y, spec: ((o - y) ** 2).mean(dim=1), LINEAR, False),
    'mae': ('numbers', lambda o, y, spec: (o - y).abs().mean(dim=1), LINEAR, False),
    'huber': ('numbers', lambda o, y, spec: functional.huber_loss(o, y, reduction='none', delta=spec.get('delta', 1)).mean(dim=1), LINEAR, False),
    'quantile': ('numbers', quantile, LINEAR, False),
    'gaussianNLL': ('numbers', gaussian_nll, PAIRS, False),
    'poisson': ('counts', poisson, RATE, True),
    'hinge': ('sides', hinge, LINEAR, False),
    'squaredHinge': ('sides', squared_hinge, LINEAR, False),
    'binaryCrossEntropy': ('probabilities', bce, SIGMOID, True),
    'focal': ('probabilities', focal, SIGMOID, True),
    'categoricalFocal': ('distributions', categorical_focal, SOFTMAX, True),
    'crossEntropy': ('distributions', cross_entropy, SOFTMAX, True),
    'kl': ('distributions', kl, SOFTMAX, True),
}
SPECS = [
    {'type': 'mse'},
    {'type': 'mae'},
    {'type': 'huber', 'delta': 0.25},
    {'type': 'quantile'},
    {'type': 'quantile', 'quantiles': [0.3, 0.8]},
    {'type': 'gaussianNLL'},
    {'type': 'poisson'},
    {'type': 'hinge'},
    {'type': 'squaredHinge'},
    {'type': 'binaryCrossEntropy'},
    {'type': 'binaryCrossEntropy', 'labelSmoothing': 0.2},
    {'type': 'binaryCrossEntropy', 'labelSmoothing': 0.1, 'posWeight': [0.5, 2.0, 3.0]},
    {'type': 'binaryCrossEntropy', 'posWeight': 4.0},
    {'type': 'focal'},
    {'type': 'focal', 'gamma': 0.5, 'alpha': 'none'},
    {'type': 'categoricalFocal'},
    {'type': 'categoricalFocal', 'gamma': 1.5},
    {'type': 'crossEntropy'},
    {'type': 'crossEntropy', 'labelSmoothing': 0.2},
    {'type': 'kl'},
]
OUTPUTS = {'quantile': lambda spec: 2 * len(spec.get('quantiles', [0, 0, 0])), 'gaussianNLL': lambda spec: 4}


def targets(kind, columns, random):
    if kind == 'numbers':
        return random.randint(-128, 128, size=(ROWS, columns)) / 64
    if kind == 'counts':
        return random.randint(0, 5, size=(ROWS, columns)).astype(float)
    if kind == 'sides':
        return random.randint(0, 2, size=(ROWS, columns)).astype(float)
    if kind == 'probabilities':
        return random.randint(0, 9, size=(ROWS, columns)) / 8
    shares = random.multinomial(16, [1 / columns] * columns, size=ROWS)
    shares[0] = [16] + [0] * (columns - 1)
    return shares / 16


def measure(spec, activation, x, y, weights, parameters):
    _, rows, activations, fused = LOSSES[spec['type']]
    for parameter in parameters:
        parameter.grad = None
    z = torch.tensor(x) @ parameters[0] + parameters[1]
    outputs = z if fused else activations[activation](z)
    losses = rows(outputs, torch.tensor(y), spec)
    w = torch.tensor(weights) if weights else torch.ones(ROWS)
    loss = (w * losses).sum() / w.sum()
    loss.backward()
    return {'loss': loss.item(), 'gradients': [p.grad.flatten().tolist() for p in parameters]}


def golden(spec, activation, labels, random):
    kind, _, activations, fused = LOSSES[spec['type']]
    outputs = OUTPUTS.get(spec['type'], lambda _: 3)(spec)
    columns = 2 if spec['type'] in OUTPUTS else outputs
    x = (random.randint(-128, 128, size=(ROWS, INPUTS)) / 64).tolist()
    y = random.randint(0, outputs, size=ROWS).tolist() if labels else targets(kind, columns, random).tolist()
    weights = (random.randint(0, 9, size=ROWS) / 4).tolist()
    values = [random.randint(-128, 128, size=shape) / 128 for shape in [(INPUTS, outputs), (outputs,)]]
    parameters = [torch.tensor(v, requires_grad=True) for v in values]
    # A loss that takes logits takes the outputs as such with another activation.
    assert fused or activation in activations
    case = {'loss': spec, 'activation': activation, 'x': x, 'y': y, 'sampleWeight': weights}
    case['tensors'] = [v.flatten().tolist() for v in values]
    with torch.no_grad():
        case['prediction'] = activations[activation](torch.tensor(x) @ parameters[0] + parameters[1]).flatten().tolist()
    case['plain'] = measure(spec, activation, x, y, None, parameters)
    case['weighted'] = measure(spec, activation, x, y, weights, parameters)
    return case


def main():
    random = numpy.random.RandomState(15)
    cases = []
    for spec in SPECS:
        kind, _, activations, _ = LOSSES[spec['type']]
        for activation in activations:
            cases.append(golden(spec, activation, False, random))
        if spec['type'] in ('crossEntropy', 'categoricalFocal'):
            cases.append(golden(spec, 'softmax', True, random))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'losses.json')
    with open(path, 'w') as file:
        json.dump({'torch': torch.__version__, 'cases': cases}, file, separators=(',', ':'))
        file.write('\n')


if __name__ == '__main__':
    main()
