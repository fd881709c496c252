#!/usr/bin/python3
"""Writes schedules.json: the learning rates of PyTorch's schedulers, one for each step of a few trainings.

Usage: /usr/bin/python3 make-schedules.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.

`options` are ours; a case with `stepsPerEpoch` has the rate of each step, the others that of each epoch. PyTorch has no coslog and no
flatCosine: those are RealMLP's formulas, in NumPy.
"""
import json
import os
import warnings

import numpy
import torch
from torch.optim import lr_scheduler as schedulers

warnings.filterwarnings('ignore')
LAMBDA = [0.1, 0.9, 0.7, 0.7, 0.69999, 0.6, 0.61, 0.62, 0.59, 0.6, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4]
cases = []


def add(options, rates, steps_per_epoch=None, **more):
    epochs = len(rates) // (steps_per_epoch or 1)
    cases.append({'options': options, 'epochs': epochs, **({'stepsPerEpoch': steps_per_epoch} if steps_per_epoch else {}), **more,
                  'rates': [float(rate) for rate in rates]})


def optimizer_of(initial):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=initial)


def walk(count, make, initial=0.5):
    """The rates of a scheduler."""
    optimizer = optimizer_of(initial)
    scheduler = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    return rates


STEPS = {'per': 'step'}
add({'type': 'step', 'initial': 0.5, 'every': 3}, walk(20, lambda o: schedulers.StepLR(o, 3)))
add({'type': 'step', 'initial': 0.5, 'every': 7, 'factor': 0.7}, walk(40, lambda o: schedulers.StepLR(o, 7, 0.7)))
add({'type': 'multiStep', 'initial': 0.5, 'milestones': [2, 3, 9], 'factor': 0.4}, walk(12, lambda o: schedulers.MultiStepLR(o, [2, 3, 9], 0.4)))
add({'type': 'exponential', 'initial': 0.5, 'factor': 0.93}, walk(60, lambda o: schedulers.ExponentialLR(o, 0.93)))
add({'type': 'exponential', 'initial': 0.5, 'factor': 0.4, **STEPS}, [0.5 * 0.4 ** (i / 7) for i in range(35)], 7)
add({'type': 'polynomial', 'initial': 0.5}, walk(10, lambda o: schedulers.PolynomialLR(o, 10)))
add({'type': 'polynomial', 'initial': 0.5, 'power': 2.5, 'epochs': 8}, walk(12, lambda o: schedulers.PolynomialLR(o, 8, 2.5)))
add({'type': 'cosine', 'initial': 0.5}, walk(13, lambda o: schedulers.CosineAnnealingLR(o, 13)))
add({'type': 'cosine', 'initial': 0.5, 'final': 0.05, **STEPS}, walk(24, lambda o: schedulers.CosineAnnealingLR(o, 24, 0.05)), 6)
restarts = schedulers.CosineAnnealingWarmRestarts
add({'type': 'cosineRestarts', 'initial': 0.5, 'period': 5}, walk(17, lambda o: restarts(o, 5)))
add({'type': 'cosineRestarts', 'initial': 0.5, 'period': 2, 'periodFactor': 3, 'final': 0.01}, walk(30, lambda o: restarts(o, 2, 3, 0.01)))
add({'type': 'cosineRestarts', 'initial': 0.5, 'period': 2, **STEPS}, walk(35, lambda o: restarts(o, 14)), 7)
add({'type': 'oneCycle', 'peak': 0.5}, walk(60, lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=60)), 12)
add({'type': 'oneCycle', 'peak': 0.5, 'rise': 0.45, 'divisor': 10, 'finalDivisor': 100, 'per': 'epoch'},
    walk(21, lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=21, pct_start=0.45, div_factor=10, final_div_factor=100)))
add({'type': 'constant', 'initial': 0.5, 'warmup': 4}, walk(7, lambda o: schedulers.LinearLR(o, 0.2, 1, 4)))
add({'type': 'constant', 'initial': 0.5, 'warmup': 1.5, **STEPS}, walk(24, lambda o: schedulers.LinearLR(o, 0.1, 1, 9)), 6)
add({'type': 'cosine', 'initial': 0.5, 'warmup': 3}, walk(12, lambda o: schedulers.SequentialLR(
    o, [schedulers.LinearLR(o, 0.25, 1, 3), schedulers.CosineAnnealingLR(o, 9)], [3])))

t = numpy.arange(64) / 64
add({'type': 'coslog', 'initial': 0.04}, 0.04 * (0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.log2(1 + 15 * t))), 8)
add({'type': 'coslog', 'initial': 0.04, 'cycles': 2, 'per': 'epoch'}, 0.04 * (0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.log2(1 + 3 * t))))
add({'type': 'flatCosine', 'initial': 0.04}, 0.04 * numpy.where(t < 0.5, 1, 0.5 * (1 + numpy.cos(numpy.pi * (2 * t - 1)))), 8)


def plateau(options, **settings):
    optimizer = optimizer_of(0.5)
    scheduler = schedulers.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for value in LAMBDA:
        rates.append(optimizer.param_groups[0]['lr'])
        scheduler.step(value)
    add({'type': 'plateau', 'initial': 0.5, **options}, rates, measured=LAMBDA)


plateau({'patience': 2}, patience=2)
plateau({'patience': 0, 'factor': 0.5, 'min': 0.1}, patience=0, factor=0.5, min_lr=0.1)
plateau({'patience': 1, 'cooldown': 3, 'threshold': 0.05}, patience=1, cooldown=3, threshold=0.05)
plateau({'patience': 2, 'mode': 'max', 'threshold': 0}, patience=2, mode='max', threshold=0)
plateau({'patience': 0, 'factor': 1e-3}, patience=0, factor=1e-3)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'schedules.json'), 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]\n')
