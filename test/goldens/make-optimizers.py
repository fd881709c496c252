#!/usr/bin/python3
"""Writes optimizers.json: trajectories as in trajectories.json, of more optimizers, and of layers with settings of their own.

Usage: /usr/bin/python3 make-optimizers.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

Settings that a case does not name are PyTorch's defaults. PyTorch has no Lion: it stands here as its paper has it.
"""
import json
import os

import numpy
import torch
from torch import nn

from trajectories import exact, snapshot

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # which NAdam keeps its product of momenta in

ROWS, INPUTS, HIDDEN, OUTPUTS = 14, 3, 4, 2
STEPS = [2, 100]


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0):
        super().__init__(parameters, {'lr': lr, 'betas': betas, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group['betas']
            for p in group['params']:
                mean = self.state[p].setdefault('mean', torch.zeros_like(p))
                update = (beta1 * mean + (1 - beta1) * p.grad).sign()
                p.sub_(group['lr'] * (update + group['weight_decay'] * p))
                mean.mul_(beta2).add_(p.grad, alpha=1 - beta2)


OPTIMIZERS = {
    'sgd': torch.optim.SGD,
    'adam': torch.optim.Adam,
    'adamw': torch.optim.AdamW,
    # The single-tensor version of PyTorch 1.13 multiplies the product of momenta by one too many; later ones do as this one does.
    'nadam': lambda groups, **settings: torch.optim.NAdam(groups, foreach=True, **settings),
    'radam': torch.optim.RAdam,
    'adamax': torch.optim.Adamax,
    'adadelta': torch.optim.Adadelta,
    'rprop': torch.optim.Rprop,
    'lion': Lion,
}
# PyTorch's names of our settings; what is a list there stands for several of ours.
SETTINGS = {
    'learningRate': 'lr',
    'weightDecay': 'weight_decay',
    'momentum': 'momentum',
    'epsilon': 'eps',
    'amsgrad': 'amsgrad',
    'momentumDecay': 'momentum_decay',
    'rho': 'rho',
}
LISTS = {'betas': ('beta1', 'beta2'), 'etas': ('etaMinus', 'etaPlus'), 'step_sizes': ('minStep', 'maxStep')}


def make_optimizer(groups, options):
    given = {SETTINGS[key]: value for key, value in options.items() if key in SETTINGS}
    for name, (first, second) in LISTS.items():
        if first in options:
            given[name] = (options[first], options[second])
    return OPTIMIZERS[options['type']](groups, **given)


def groups_of(linears, case):
    """PyTorch's parameter groups for the settings of the layers."""
    rate = case['optimizer']['learningRate']
    groups = []
    for linear, settings in zip(linears, case['settings']):
        factor = settings.get('learningRateFactor', 1)
        for key, tensor in (('weights', linear.weight), ('bias', linear.bias)):
            if not settings.get('trainable', True):
                continue
            group = {'params': [tensor], 'lr': rate * (factor.get(key, 1) if isinstance(factor, dict) else factor)}
            if key == 'bias' and case['optimizer'].get('decays') == 'weights':
                group['weight_decay'] = 0
            groups.append(group)
    return groups


def run(case, dtype):
    linears = []
    width = INPUTS
    for (units, _), (weights, bias) in zip(case['layers'], case['initial']):
        linear = nn.Linear(width, units).to(dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weights, dtype=dtype).reshape(width, units).T)
            linear.bias.copy_(torch.tensor(bias, dtype=dtype))
        linears.append(linear)
        width = units
    model = nn.Sequential(linears[0], nn.Tanh(), linears[1])
    own = 'settings' in case
    optimizer = make_optimizer(groups_of(linears, case) if own else model.parameters(), case['optimizer'])
    x = torch.tensor(case['x'], dtype=dtype)
    y = torch.tensor(case['y'], dtype=dtype)
    snapshots = []
    for step in range(1, STEPS[-1] + 1):
        optimizer.zero_grad()
        loss = nn.MSELoss()(model(x), y)
        for linear, settings in zip(linears, case.get('settings', [])):
            loss = loss + settings.get('l1', 0) * linear.weight.abs().sum() + settings.get('l2', 0) * linear.weight.square().sum()
        loss.backward()
        optimizer.step()
        if step in STEPS:
            snapshots.append(snapshot(linears, dtype))
    return snapshots


CASES = []


def case_of(random, optimizer, settings):
    """The case, and how far f32 comes from f64 in it."""
    case = {
        'name': json.dumps(optimizer) + (f' {json.dumps(settings)}' if settings else ''),
        'layers': [[HIDDEN, 'tanh'], [OUTPUTS, 'linear']],
        'loss': {'type': 'mse'},
        'optimizer': optimizer,
        'batchSize': ROWS,
        'steps': STEPS,
        'x': exact(random, ROWS, INPUTS).tolist(),
        'y': exact(random, ROWS, OUTPUTS).tolist(),
        'initial': [
            [exact(random, INPUTS * HIDDEN).tolist(), (exact(random, HIDDEN) / 2).tolist()],
            [exact(random, HIDDEN * OUTPUTS).tolist(), (exact(random, OUTPUTS) / 2).tolist()],
        ],
    }
    if settings:
        case['settings'] = settings
    case['f64'] = run(case, torch.float64)
    case['f32'] = run(case, torch.float32)
    apart = max(
        abs(a - b) / max(1, abs(a)) for s, t in zip(case['f64'], case['f32']) for u, v in zip(s, t) for a, b in zip(u, v)
    )
    return case, apart


def make_case(optimizer, settings=None):
    """Where two precisions of one program part, no other program can be expected to follow: then it takes other numbers."""
    for attempt in range(20):
        case, apart = case_of(numpy.random.RandomState(100 * len(CASES) + attempt), optimizer, settings)
        if apart < 2e-5:
            print(f'{case["name"]}: f32 is {apart:.1e} from f64, attempt {attempt}')
            CASES.append(case)
            return
    raise AssertionError(f'{case["name"]} is chaotic: f32 is {apart:.1e} from f64')


for options in [
    {'type': 'adam', 'learningRate': 0.05, 'amsgrad': True},
    {'type': 'adamw', 'learningRate': 0.05, 'amsgrad': True, 'weightDecay': 0.2},
    {'type': 'nadam'},
    {'type': 'nadam', 'learningRate': 0.01, 'beta1': 0.8, 'beta2': 0.99, 'momentumDecay': 0.1, 'weightDecay': 0.05, 'epsilon': 1e-6},
    {'type': 'radam'},
    {'type': 'radam', 'learningRate': 0.02, 'beta1': 0.8, 'beta2': 0.9, 'weightDecay': 0.05, 'epsilon': 1e-4},
    {'type': 'adamax'},
    {'type': 'adamax', 'learningRate': 0.005, 'beta1': 0.8, 'beta2': 0.99, 'weightDecay': 0.05, 'epsilon': 1e-4},
    {'type': 'adadelta'},
    {'type': 'adadelta', 'learningRate': 0.5, 'rho': 0.8, 'weightDecay': 0.05, 'epsilon': 1e-4},
    {'type': 'rprop'},
    {'type': 'rprop', 'learningRate': 0.001, 'etaMinus': 0.25, 'etaPlus': 1.5, 'minStep': 1e-4, 'maxStep': 0.02},
    {'type': 'lion'},
    {'type': 'lion', 'learningRate': 0.002, 'beta1': 0.8, 'beta2': 0.9, 'weightDecay': 0.5},
]:
    make_case(options)
OWN = [{'learningRateFactor': {'weights': 0.5, 'bias': 0.1}, 'l1': 0.01, 'l2': 0.05}, {'learningRateFactor': 2}]
for options in [
    {'type': 'sgd', 'learningRate': 0.05},
    {'type': 'sgd', 'learningRate': 0.05, 'momentum': 0.5, 'weightDecay': 0.1, 'decays': 'weights'},
    {'type': 'adamw', 'learningRate': 0.01, 'weightDecay': 0.2, 'decays': 'weights'},
    {'type': 'rprop', 'learningRate': 0.01},
]:
    make_case(options, OWN)
make_case({'type': 'adam', 'learningRate': 0.01}, [{'trainable': False}, {'learningRateFactor': 0.5}])
make_case({'type': 'sgd', 'learningRate': 0.1}, [{'l2': 0.1}, {'trainable': False}])

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'optimizers.json')
with open(path, 'w') as file:
    made = f'make-optimizers.py with PyTorch {torch.__version__}, NumPy {numpy.__version__}'
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in CASES)
    file.write(f'{{"madeBy":"{made}","inputSize":{INPUTS},"cases":[\n{lines}\n]}}\n')
print(f'{len(CASES)} cases, {os.path.getsize(path)} bytes')
