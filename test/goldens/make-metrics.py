#!/usr/bin/python3
"""Writes metrics.json: the figures of scikit-learn for every metric and split that it has.

Usage: /usr/bin/python3 make-metrics.py   (Debian: apt install python3-sklearn, 1.2.1). The tests read the result only.

The expected calibration error, and the Brier score of several classes, are not in scikit-learn 1.2: the papers' formulas stand here.
"""
import json
import os
import warnings

import numpy
import sklearn
from sklearn import metrics as m
from sklearn import model_selection as s

warnings.simplefilter('ignore')
random = numpy.random.RandomState(15)
cases = []


def plain(value):
    if isinstance(value, numpy.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (numpy.floating, float)):
        return None if numpy.isnan(value) else float(value)
    if isinstance(value, numpy.integer):
        return int(value)
    return value


def add(metric, actual, predicted, options, value):
    cases.append({'metric': metric, 'actual': actual, 'predicted': predicted, 'options': options, 'value': plain(value)})


data = {}


def keep(name, values):
    data[name] = plain(numpy.asarray(values))
    return name


def column(name):
    return numpy.array(data[name])


# Labels: two classes, one of them rare; four classes, of which 3 is never predicted and 4 never true.
n = 60
binary = keep('binary', (random.rand(n) < 0.2).astype(int))
guess = keep('guess', numpy.where(random.rand(n) < 0.8, column('binary'), 1 - column('binary')))
many = keep('many', random.choice(4, n, p=[0.6, 0.2, 0.1, 0.1]))
taken = numpy.where(random.rand(n) < 0.6, column('many'), random.choice([0, 1, 2, 4], n))
manyGuess = keep('manyGuess', numpy.where(taken == 3, 0, taken))
weight = keep('weight', numpy.round(random.rand(n) * 3, 2))
names = ['cat', 'ant', 'bee', 'dog', 'elk']
data['named'] = [names[i] for i in data['many']]
data['namedGuess'] = [names[i] for i in data['manyGuess']]

for actual, predicted in [('binary', 'guess'), ('many', 'manyGuess'), ('named', 'namedGuess')]:
    a, p = data[actual], data[predicted]
    for w in [None, 'weight']:
        sample = {} if w is None else {'sample_weight': column(w)}
        mark = {} if w is None else {'sampleWeight': w}
        add('accuracy', actual, predicted, mark, m.accuracy_score(a, p, **sample))
        add('balancedAccuracy', actual, predicted, mark, m.balanced_accuracy_score(a, p, **sample))
        add('balancedAccuracy', actual, predicted, {**mark, 'adjusted': True}, m.balanced_accuracy_score(a, p, adjusted=True, **sample))
        add('mcc', actual, predicted, mark, m.matthews_corrcoef(a, p, **sample))
        for kind in [None, 'linear', 'quadratic']:
            add('cohenKappa', actual, predicted, {**mark, **({'weights': kind} if kind else {})}, m.cohen_kappa_score(a, p, weights=kind, **sample))
        for average in ['micro', 'macro', 'weighted', 'none'] + (['binary'] if actual == 'binary' else []):
            options = {'average': None if average == 'none' else average, 'zero_division': 0, **sample}
            for name, call in [('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score)]:
                add(name, actual, predicted, {**mark, 'average': average, 'zeroDivision': 0}, call(a, p, **options))
            add('fBeta', actual, predicted, {**mark, 'average': average, 'zeroDivision': 0, 'beta': 2}, m.fbeta_score(a, p, beta=2, **options))
for labels in [[0, 1, 2], [2, 0, 3, 5]]:
    for average in ['micro', 'macro', 'weighted', 'none']:
        value = m.f1_score(data['many'], data['manyGuess'], labels=labels, average=None if average == 'none' else average, zero_division=0)
        add('f1', 'many', 'manyGuess', {'labels': labels, 'average': average, 'zeroDivision': 0}, value)
add('recall', 'binary', 'guess', {'positive': 0}, m.recall_score(data['binary'], data['guess'], pos_label=0))

# Several labels at once.
keep('several', (random.rand(20, 3) < [0.5, 0.3, 0.1]).astype(int))
keep('severalGuess', numpy.where(random.rand(20, 3) < 0.7, column('several'), 1 - column('several')))
keep('severalScores', numpy.round(random.rand(20, 3) * 0.6 + 0.3 * column('several'), 2))
for average in ['micro', 'macro', 'weighted', 'none']:
    options = {'average': None if average == 'none' else average, 'zero_division': 0}
    for name, call in [('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score)]:
        add(name, 'several', 'severalGuess', {'average': average, 'zeroDivision': 0}, call(column('several'), column('severalGuess'), **options))
    if average != 'micro':
        options = {'average': None if average == 'none' else average}
        add('rocAuc', 'several', 'severalScores', {'average': average}, m.roc_auc_score(column('several'), column('severalScores'), **options))
        add('prAuc', 'several', 'severalScores', {'average': average}, m.average_precision_score(column('several'), column('severalScores'), **options))

# Scores with ties, and some below 0; probabilities.
scores = keep('scores', numpy.round(random.randn(n) + 1.2 * column('binary'), 1))
probability = keep('probability', numpy.round(1 / (1 + numpy.exp(-column('scores'))), 3))
manyScores = random.randn(n, 4) + 1.5 * (column('many')[:, None] == numpy.arange(4))
softmax = numpy.exp(manyScores) / numpy.exp(manyScores).sum(1, keepdims=True)
softmax = numpy.round(softmax, 2)
softmax[:, 0] = numpy.round(softmax[:, 0] + 1 - softmax.sum(1), 2)
keep('softmax', softmax)
softmax = column('softmax')
for w in [None, 'weight']:
    sample = {} if w is None else {'sample_weight': column(w)}
    mark = {} if w is None else {'sampleWeight': w}
    for column_ in ['scores', 'probability']:
        add('rocAuc', 'binary', column_, mark, m.roc_auc_score(data['binary'], data[column_], **sample))
        add('prAuc', 'binary', column_, mark, m.average_precision_score(data['binary'], data[column_], **sample))
    add('logLoss', 'binary', 'probability', mark, m.log_loss(data['binary'], data['probability'], **sample))
    add('logLoss', 'many', 'softmax', mark, m.log_loss(data['many'], softmax, labels=range(4), **sample))
    add('brier', 'binary', 'probability', mark, m.brier_score_loss(data['binary'], data['probability'], **sample))
    onehot = column('many')[:, None] == numpy.arange(4)
    add('brier', 'many', 'softmax', mark, numpy.average(((softmax - onehot) ** 2).sum(1), weights=sample.get('sample_weight')))
    for average in ['macro', 'weighted']:
        add('rocAuc', 'many', 'softmax', {**mark, 'average': average},
            m.roc_auc_score(data['many'], softmax / softmax.sum(1, keepdims=True), multi_class='ovr', average=average, **sample))
        each = [m.average_precision_score(column('many') == k, softmax[:, k], **sample) for k in range(4)]
        support = [numpy.sum((column('many') == k) * (1 if w is None else column(w))) for k in range(4)]
        add('prAuc', 'many', 'softmax', {**mark, 'average': average}, numpy.average(each, weights=support if average == 'weighted' else None))
    for k in [1, 2, 3]:
        add('topKAccuracy', 'many', 'softmax', {**mark, 'k': k}, m.top_k_accuracy_score(data['many'], softmax, k=k, labels=range(4), **sample))

    def calibration(confidence, right, bins):
        # C. Guo et al., "On Calibration of Modern Neural Networks", 2017: bins (m - 1, m] / M.
        weights = numpy.ones(n) if w is None else column(w)
        place = numpy.clip(numpy.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
        total = 0
        for b in range(bins):
            inside = weights * (place == b)
            total += abs(numpy.sum(inside * right) - numpy.sum(inside * confidence))
        return total / weights.sum()

    p = column('probability')
    for bins in [15, 10]:
        option = {} if bins == 15 else {'bins': bins}
        add('expectedCalibrationError', 'binary', 'probability', {**mark, **option},
            calibration(numpy.maximum(p, 1 - p), (p > 0.5) == (column('binary') == 1), bins))
        add('expectedCalibrationError', 'many', 'softmax', {**mark, **option},
            calibration(softmax.max(1), softmax.argmax(1) == column('many'), bins))
add('logLoss', 'binary', keep('certain', (column('guess') == 1).astype(float)), {}, m.log_loss(data['binary'], data['certain']))

# Numbers: one column and two, with errors of 0.
keep('y', numpy.round(random.randn(n) * 3 + 10, 2))
keep('p', numpy.where(random.rand(n) < 0.1, column('y'), numpy.round(column('y') + random.randn(n), 2)))
keep('y2', numpy.round(random.rand(n, 2) * 5 + 0.1, 2))
keep('p2', numpy.round(column('y2') + random.rand(n, 2), 2))
for actual, predicted in [('y', 'p'), ('y2', 'p2')]:
    a, p = column(actual), column(predicted)
    for w in [None, 'weight']:
        sample = {} if w is None else {'sample_weight': column(w)}
        mark = {} if w is None else {'sampleWeight': w}
        for name, call in [('mse', m.mean_squared_error), ('mae', m.mean_absolute_error), ('medianAbsoluteError', m.median_absolute_error),
                           ('mape', m.mean_absolute_percentage_error), ('r2', m.r2_score)]:
            add(name, actual, predicted, mark, call(a, p, **sample))
        add('rmse', actual, predicted, mark, m.mean_squared_error(a, p, squared=False, **sample))
        for quantile in [0.5, 0.9]:
            option = {} if quantile == 0.5 else {'quantile': quantile}
            add('pinball', actual, predicted, {**mark, **option}, m.mean_pinball_loss(a, p, alpha=quantile, **sample))
        if actual == 'y':
            counts = numpy.round(a)
            keep('counts', counts)
            add('poissonDeviance', 'counts', predicted, mark, m.mean_poisson_deviance(counts, p, **sample))
            add('gammaDeviance', actual, predicted, mark, m.mean_gamma_deviance(a, p, **sample))
keep('zeros', [0.0, 0.0, 2.0, 1.0])
keep('rates', [0.5, 1e-3, 2.0, 4.0])
add('poissonDeviance', 'zeros', 'rates', {}, m.mean_poisson_deviance(data['zeros'], data['rates']))

# Splits.
splits = []


def add_split(kind, rows, options, splitter, *arguments):
    folds = [{'train': plain(train), 'test': plain(test)} for train, test in splitter.split(numpy.zeros(len(rows)), *arguments)]
    splits.append({'kind': kind, 'of': rows, 'options': options, 'folds': folds})


for rows, folds in [(10, 5), (11, 3), (7, 7), (9, 2)]:
    add_split('kFold', list(range(rows)), {'folds': folds}, s.KFold(folds))
for labels, folds in [(data['many'][:24], 3), (data['binary'], 5), ([2, 2, 0, 0, 1, 1, 0, 2, 0, 0, 0], 2)]:
    add_split('stratifiedKFold', labels, {'folds': folds}, s.StratifiedKFold(folds), labels)
for groups, folds in [([1, 1, 2, 2, 2, 3, 4, 4, 4, 4, 5], 3), ([0, 1, 2, 3, 0, 1, 2, 3], 2), (random.randint(0, 12, 30).tolist(), 4)]:
    add_split('groupKFold', groups, {'folds': folds}, s.GroupKFold(folds), None, groups)
for rows, options, splitter in [(12, {}, s.TimeSeriesSplit()), (13, {'folds': 3}, s.TimeSeriesSplit(3)),
                                (20, {'folds': 3, 'gap': 2, 'maxTrainSize': 6, 'testSize': 3}, s.TimeSeriesSplit(3, gap=2, max_train_size=6, test_size=3)),
                                (11, {'folds': 2, 'gap': 1}, s.TimeSeriesSplit(2, gap=1))]:
    add_split('timeSeriesSplit', list(range(rows)), options, splitter)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'metrics.json')
with open(path, 'w') as file:
    file.write(json.dumps({'from': f'scikit-learn {sklearn.__version__}', 'data': data, 'cases': cases, 'splits': splits}, separators=(',', ':')) + '\n')
