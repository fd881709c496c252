#!/usr/bin/python3
"""Writes onnx.json: models as other libraries write them, some rows, and what those libraries predict for them.

Usage: /usr/bin/python3 make-onnx.py   (Debian: apt install python3-torch python3-onnx python3-sklearn). The tests read the result only.

PyTorch's own exporter writes its models. What skl2onnx, tf2onnx and PyTorch's newer exporter write is built node by node, after their sources:
Debian does not have them. The files of `nn.toONNX()` in ../fixtures are checked by onnx.checker on the way.
"""
import base64
import glob
import io
import json
import os
import tempfile
import warnings

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import nn

warnings.simplefilter('ignore')
HERE = os.path.dirname(os.path.abspath(__file__))
models = []


def add(name, model, x, y, checked=True, **more):
    bytes_ = model if isinstance(model, bytes) else model.SerializeToString()
    if checked:
        onnx.checker.check_model(onnx.load_from_string(bytes_))
    rows = lambda values: numpy.asarray(values, dtype=float).reshape(len(values), -1).tolist()
    models.append({'name': name, 'model': base64.b64encode(bytes_).decode(), 'x': rows(x), 'y': rows(y), **more})


# PyTorch


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.one, self.two, self.norm, self.last = nn.Linear(4, 6), nn.Linear(6, 9), nn.Linear(9, 6), nn.LayerNorm(6), nn.Linear(6, 2)

    def forward(self, x):
        h = self.first(x)
        h = h + self.two(torch.nn.functional.gelu(self.one(self.norm(h))))
        h = torch.relu(h + self.two(torch.tanh(self.one(h))))
        return self.last(h)


class Encoded(nn.Module):
    """Two numbers and a category."""

    def __init__(self):
        super().__init__()
        self.table, self.layers = nn.Embedding(5, 3), nn.Sequential(nn.Linear(5, 7), nn.SiLU(), nn.Linear(7, 2))

    def forward(self, x):
        return self.layers(torch.cat([x[:, 0:2], self.table(x[:, 2].long())], dim=1))


class Observed(nn.Module):
    """Columns are scaled by constants first, as policies of robots are."""

    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.tensor([1.0, -2.0, 0.5, 3.0]))
        self.register_buffer('std', torch.tensor([0.5, 2.0, 1.5, 4.0]))
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ELU(), nn.Linear(8, 8), nn.ELU(), nn.Linear(8, 3))

    def forward(self, x):
        return self.layers((x - self.mean) / self.std)


class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 2))

    def forward(self, x):
        return self.layers(x.view(x.size(0), -1))


class QuickGelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, x):
        h = self.one(x)
        return self.two(h * torch.sigmoid(1.702 * h))


class Heads(nn.Module):
    """Actions and a value of one trunk, beside each other."""

    def __init__(self):
        super().__init__()
        self.trunk, self.actions, self.value = nn.Linear(4, 6), nn.Linear(6, 2), nn.Linear(6, 1)

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return torch.cat([self.actions(h), self.value(h)], dim=1)


class Mean(Heads):
    def forward(self, x):
        return super().forward(x).mean(dim=1, keepdim=True)


def torch_model(name, module, shape=(4,), opset=17, dynamic=True, x=None, dtype=torch.float32, **more):
    torch.manual_seed(len(models))
    module = (module() if isinstance(module, type) else module).to(dtype)
    for parameter in module.parameters():
        parameter.data = torch.randn_like(parameter) * 0.5
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.running_mean, layer.running_var = torch.randn(layer.num_features), torch.rand(layer.num_features) + 0.5
    module.eval()
    vector = more.pop('vector', False)
    rows = 5 if dynamic else 1
    x = torch.randn(rows, *shape, dtype=dtype) * 2 if x is None else x
    file = io.BytesIO()
    axes = {'input': {0: 'batch'}, 'output': {0: 'batch'}} if dynamic and not vector else None
    torch.onnx.export(module, x[0] if vector else x, file, opset_version=opset, input_names=['input'], output_names=['output'], dynamic_axes=axes)
    y = more.pop('expected', module)(x).detach()
    add(f'torch: {name}', file.getvalue(), x.numpy(), y.numpy(), **more)


def sequential(*layers):
    return nn.Sequential(*layers)


ACTIVATIONS = {
    'relu': nn.ReLU(), 'leakyRelu': nn.LeakyReLU(0.01), 'elu': nn.ELU(), 'selu': nn.SELU(), 'gelu': nn.GELU(), 'geluTanh': nn.GELU('tanh'),
    'silu': nn.SiLU(), 'mish': nn.Mish(), 'softplus': nn.Softplus(), 'tanh': nn.Tanh(), 'sigmoid': nn.Sigmoid(),
}
for kind, activation in ACTIVATIONS.items():
    for opset in (9, 13, 17):
        torch_model(f'{kind}, opset {opset}', sequential(nn.Linear(4, 6), activation, nn.Linear(6, 3)), opset=opset, activation=kind)
for slope in (0.2, -0.5):
    torch_model(f'leaky relu with a slope of {slope}', sequential(nn.Linear(4, 6), nn.LeakyReLU(slope), nn.Linear(6, 3)))
torch_model('relu6 and hardtanh', sequential(nn.Linear(4, 6), nn.ReLU6(), nn.Linear(6, 5), nn.Hardtanh(), nn.Linear(5, 3)))
torch_model('hard sigmoid', sequential(nn.Linear(4, 6), nn.Hardsigmoid(), nn.Linear(6, 3)))
torch_model('prelu', sequential(nn.Linear(4, 6), nn.PReLU(), nn.Linear(6, 3)))
torch_model('actions between limits', sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3), nn.Hardtanh(-0.5, 2.0)))
torch_model('softplus with beta', sequential(nn.Linear(4, 6), nn.Softplus(beta=2), nn.Linear(6, 3)))
torch_model('batch normalization, folded', sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)))
torch_model('batch normalization', sequential(nn.Linear(4, 6), nn.ReLU(), nn.BatchNorm1d(6), nn.Linear(6, 3)))
for opset in (11, 13, 17):
    torch_model(f'layer normalization, opset {opset}', sequential(nn.Linear(4, 6), nn.ReLU(), nn.LayerNorm(6), nn.Linear(6, 3)), opset=opset)
    torch_model(f'residual blocks, opset {opset}', Residual, opset=opset)
torch_model('dropout and no bias', sequential(nn.Linear(4, 6, bias=False), nn.Dropout(0.3), nn.ReLU(), nn.Linear(6, 1)))
torch_model('softmax', sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.Softmax(dim=1)))
body = sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.LogSoftmax(dim=1))
torch_model('log softmax: probabilities here', body, expected=lambda x: torch.exp(body(x)))
torch_model('flatten', sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 2)), shape=(1, 4, 3))
torch_model('view', Viewed, shape=(3, 4))
torch_model('one row', sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)), dynamic=False)
torch_model('scaled observations', Observed)
torch_model('double precision', sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), dtype=torch.float64)
torch_model('embedding', Encoded, x=torch.tensor([[0.5, -1, 0], [2, 1, 4], [-1, 0.25, 2]]))
torch_model('a last activation that is a layer', sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.ReLU()))
for opset in (9, 12, 16):
    torch_model(f'elu with alpha, opset {opset}', sequential(nn.Linear(4, 6), nn.ELU(0.3), nn.Linear(6, 3)), opset=opset)
torch_model('celu', sequential(nn.Linear(4, 6), nn.CELU(1.5), nn.Linear(6, 3)), opset=12)
torch_model('prelu of each column', sequential(nn.Linear(4, 6), nn.PReLU(6), nn.Linear(6, 3)))
torch_model('quick gelu', QuickGelu)
torch_model('two heads', Heads)
torch_model('the mean of heads', Mean)
torch_model('one vector', sequential(nn.Linear(4, 6), nn.ELU(), nn.Linear(6, 3), nn.Softmax(dim=-1)), vector=True)


# Node by node


def graph(nodes, initializers, x_shape, outputs, opset=17, ml=False, x_type=TensorProto.FLOAT):
    inputs = [helper.make_tensor_value_info('X', x_type, x_shape)]
    tensors = [numpy_helper.from_array(numpy.asarray(values), name) for name, values in initializers.items()]
    body = helper.make_graph(nodes, 'graph', inputs, outputs, tensors)
    opsets = [helper.make_opsetid('', opset)] + ([helper.make_opsetid('ai.onnx.ml', 1)] if ml else [])
    return helper.make_model(body, opset_imports=opsets, ir_version=8)


def node(operator, inputs, outputs, **attributes):
    return helper.make_node(operator, inputs, outputs, **attributes)


def value(name, shape, type_=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, type_, shape)


f32 = lambda values: numpy.asarray(values, dtype=numpy.float32)
random = numpy.random.RandomState(5)
iris = load_iris()
scaler = StandardScaler().fit(iris.data)
chosen = f32(iris.data[::19])


def sklearn_layers(model, start):
    """As skl2onnx writes a multilayer perceptron: MatMul and Add, with a bias of [1, n]."""
    nodes, tensors, last = [], {}, start
    operator = {'relu': 'Relu', 'tanh': 'Tanh', 'logistic': 'Sigmoid', 'identity': 'Identity'}
    for i, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_)):
        tensors[f'coefficient{i}'], tensors[f'intercepts{i}'] = f32(weights), f32(bias)[None, :]
        nodes += [node('MatMul', [last, f'coefficient{i}'], [f'mul_result{i}']), node('Add', [f'mul_result{i}', f'intercepts{i}'], [f'add_result{i}'])]
        last = f'add_result{i}'
        if i < len(model.coefs_) - 1:
            nodes.append(node(operator[model.activation], [last], [f'next_activations{i}']))
            last = f'next_activations{i}'
    return nodes, tensors, last


def sklearn_classifier(name, y, classes, activation, zipmap):
    model = MLPClassifier((6, 5), activation=activation, max_iter=60, random_state=1).fit(scaler.transform(iris.data), y)
    layers, tensors, last = sklearn_layers(model, 'cast')
    texts = isinstance(classes[0], str)
    scale = node('Scaler', ['X'], ['scaled'], domain='ai.onnx.ml', offset=scaler.mean_.tolist(), scale=(1 / scaler.scale_).tolist())
    nodes = [scale, node('Cast', ['scaled'], ['cast'], to=TensorProto.FLOAT), *layers]
    if len(classes) == 2:
        tensors['unity'] = f32([1])
        nodes += [
            node('Sigmoid', [last], ['out_activations_result']),
            node('Sub', ['unity', 'out_activations_result'], ['negative_class_proba']),
            node('Concat', ['negative_class_proba', 'out_activations_result'], ['proba'], axis=1),
        ]
    else:
        nodes.append(node('Softmax', [last], ['proba'], axis=1))
    tensors['classes'] = numpy.array([c.encode() for c in classes], dtype=object) if texts else numpy.array(classes, dtype=numpy.int32)
    tensors['shape_tensor'] = numpy.array([-1], dtype=numpy.int64)
    nodes += [
        node('ArgMax', ['proba'], ['argmax_output'], axis=1),
        node('ArrayFeatureExtractor', ['classes', 'argmax_output'], ['array_feature_extractor_result'], domain='ai.onnx.ml'),
    ]
    if not texts:
        nodes.append(node('Cast', ['array_feature_extractor_result'], ['cast2_result'], to=TensorProto.INT64))
    nodes.append(node('Reshape', ['array_feature_extractor_result' if texts else 'cast2_result', 'shape_tensor'], ['label']))
    label = value('label', [None], TensorProto.STRING if texts else TensorProto.INT64)
    if zipmap:
        key = {'classlabels_strings': classes} if texts else {'classlabels_int64s': classes}
        nodes.append(node('ZipMap', ['proba'], ['probabilities'], domain='ai.onnx.ml', **key))
        key_type = TensorProto.STRING if texts else TensorProto.INT64
        rows = onnx.ValueInfoProto(name='probabilities')
        rows.type.sequence_type.elem_type.map_type.key_type = key_type
        rows.type.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = TensorProto.FLOAT
        outputs = [label, rows]
    else:
        nodes.append(node('Identity', ['proba'], ['probabilities']))
        outputs = [label, value('probabilities', [None, len(classes)])]
    add(f'skl2onnx: {name}', graph(nodes, tensors, [None, 4], outputs, ml=True), chosen, model.predict_proba(scaler.transform(chosen)), classNames=list(map(str, classes)))


names = numpy.array(['setosa', 'versicolor', 'virginica'])
sklearn_classifier('three classes, ZipMap', iris.target, [0, 1, 2], 'relu', True)
sklearn_classifier('names of classes, ZipMap', names[iris.target], names.tolist(), 'tanh', True)
sklearn_classifier('names of classes', names[iris.target], names.tolist(), 'logistic', False)
sklearn_classifier('two classes', (iris.target > 0).astype(int), [0, 1], 'relu', False)

regressor = MLPRegressor((7,), max_iter=200, random_state=2).fit(MinMaxScaler().fit_transform(iris.data), iris.target)
least, most = iris.data.min(0), iris.data.max(0)
nodes, tensors, last = sklearn_layers(regressor, 'scaled')
tensors.update(scale=f32(1 / (most - least)), min=f32(-least / (most - least)), shape_tensor=numpy.array([-1, 1], dtype=numpy.int64))
nodes = [node('Mul', ['X', 'scale'], ['product']), node('Add', ['product', 'min'], ['scaled']), *nodes, node('Reshape', [last, 'shape_tensor'], ['variable'])]
add('skl2onnx: a regressor behind MinMaxScaler', graph(nodes, tensors, [None, 4], [value('variable', [None, 1])]), chosen, regressor.predict((chosen - least) / (most - least)))


def dense_weights(*sizes):
    return {f'{kind}{i}': f32(random.randn(*shape) * 0.6) for i, (n, m) in enumerate(zip(sizes, sizes[1:])) for kind, shape in (('w', (n, m)), ('b', (m,)))}


def hidden(name, nodes, function, extra=None, opset=17, checked=True):
    """Nodes from 'z' to 'a' between two layers, as PyTorch's newer exporter writes them: weights are [units, columns], and transposed."""
    tensors = {**dense_weights(4, 6, 3), **(extra or {})}
    w0, b0, w1, b1 = (tensors[key] for key in ('w0', 'b0', 'w1', 'b1'))
    tensors['w0'] = numpy.ascontiguousarray(w0.T)
    all_ = [
        node('Transpose', ['w0'], ['w0t'], perm=[1, 0]), node('MatMul', ['X', 'w0t'], ['product']), node('Add', ['product', 'b0'], ['z']),
        *nodes, node('Gemm', ['a', 'w1', 'b1'], ['Y'], alpha=1.0, beta=1.0),
    ]
    x = f32(random.randn(5, 4) * 2)
    y = function(torch.tensor(x @ w0 + b0).double()).numpy() @ w1 + b1
    add(name, graph(all_, tensors, [None, 4], [value('Y', [None, 3])], opset=opset), x, y, checked=checked and opset <= 17)


functional = nn.functional
scalar = lambda number: f32(number)
hidden('dynamo: gelu', [
    node('Div', ['z', 'root'], ['d']), node('Erf', ['d'], ['e']), node('Add', ['e', 'one'], ['s']), node('Mul', ['z', 's'], ['p']), node('Mul', ['half', 'p'], ['a']),
], functional.gelu, {'root': scalar(2 ** 0.5), 'one': scalar(1), 'half': scalar(0.5)})
hidden('dynamo: softplus in a Where', [
    node('Mul', ['z', 'beta'], ['scaled']), node('Softplus', ['scaled'], ['soft']), node('Div', ['soft', 'beta'], ['d']),
    node('Greater', ['scaled', 'threshold'], ['large']), node('Where', ['large', 'z', 'd'], ['a']),
], functional.softplus, {'beta': scalar(1), 'threshold': scalar(20)})
hidden('dynamo: elu between factors', [
    node('CastLike', ['one', 'z'], ['same']), node('Mul', ['z', 'same'], ['m']), node('Elu', ['m'], ['e']), node('Mul', ['e', 'same'], ['a']),
], functional.elu, {'one': scalar(1)})
hidden('dynamo: gelu by tanh, and dropout', [
    node('Mul', ['z', 'half'], ['h']), node('Mul', ['z', 'z'], ['z2']), node('Mul', ['z2', 'z'], ['z3']), node('Mul', ['z3', 'cubic'], ['c']),
    node('Add', ['z', 'c'], ['i']), node('Mul', ['i', 'root'], ['r']), node('Tanh', ['r'], ['t']), node('Add', ['t', 'one'], ['s']),
    node('Mul', ['h', 's'], ['g']), node('Dropout', ['g', 'ratio', 'training'], ['a', 'mask']),
], lambda z: functional.gelu(z, approximate='tanh'), {
    'half': scalar(0.5), 'cubic': scalar(0.044715), 'root': scalar((2 / numpy.pi) ** 0.5), 'one': scalar(1), 'ratio': scalar(0.5), 'training': numpy.array(False),
})
hidden('keras: swish, twice', [
    node('Sigmoid', ['z'], ['s']), node('Mul', ['z', 's'], ['f']), node('Sigmoid', ['f'], ['s2']), node('Mul', ['f', 's2'], ['a']),
], lambda z: functional.silu(functional.silu(z)))
hidden('tf2onnx: batch normalization in constants', [
    node('Relu', ['z'], ['r']), node('Mul', ['r', 'sequential/batch_normalization/mul'], ['m']), node('Add', ['m', 'sequential/batch_normalization/sub'], ['a']),
], lambda z: torch.relu(z) * torch.tensor([1, 2, 0.5, -1, 0.25, 3]) + torch.tensor([0.1, 0, -1, 2, 0.5, 0.3]), {
    'sequential/batch_normalization/mul': f32([1, 2, 0.5, -1, 0.25, 3]), 'sequential/batch_normalization/sub': f32([0.1, 0, -1, 2, 0.5, 0.3]),
})
hidden('weights that are computed from constants', [
    node('Sqrt', ['nine'], ['three']), node('Concat', ['three', 'three'], ['six'], axis=0), node('Gather', ['six', 'index'], ['again']),
    node('Mul', ['z', 'again'], ['m']), node('Tanh', ['m'], ['a']),
], lambda z: torch.tanh(3 * z), {'nine': f32([9]), 'index': numpy.array([1], dtype=numpy.int64)})

# Operators of versions that Debian's checker does not know yet: Gelu of 20, Split into parts of 18, axes of ReduceMean as an input.
for kind, approximate, function in (('gelu', 'none', functional.gelu), ('gelu by tanh', 'tanh', lambda z: functional.gelu(z, approximate='tanh'))):
    hidden(f'opset 21: {kind}', [node('Gelu', ['z'], ['a'], approximate=approximate)], function, opset=21)
hidden('opset 18: mish', [node('Mish', ['z'], ['a'])], functional.mish, opset=18)
hidden('opset 18: a layer normalization in single operators', [
    node('ReduceMean', ['z', 'last'], ['m']), node('Sub', ['z', 'm'], ['d']), node('Mul', ['d', 'd'], ['q']), node('ReduceMean', ['q', 'last'], ['v']),
    node('Add', ['v', 'epsilon'], ['e']), node('Sqrt', ['e'], ['r']), node('Div', ['d', 'r'], ['n']), node('Mul', ['n', 'scale'], ['p']), node('Add', ['p', 'shift'], ['a']),
], lambda z: functional.layer_norm(z, (6,), torch.arange(1, 7).double(), torch.arange(6).double()), {
    'last': numpy.array([-1], dtype=numpy.int64), 'epsilon': scalar(1e-5), 'scale': f32(range(1, 7)), 'shift': f32(range(6)),
}, opset=18)
hidden('opset 19: parts of a value', [
    node('Split', ['z'], ['first', 'second'], axis=1, num_outputs=2), node('Concat', ['second', 'first'], ['swapped'], axis=1), node('Relu', ['swapped'], ['a']),
], lambda z: torch.relu(torch.cat([z[:, 3:], z[:, :3]], dim=1)), opset=19)
hidden('dynamo: celu and selu with settings', [
    node('Celu', ['z'], ['c'], alpha=0.5), node('Selu', ['c'], ['a'], alpha=1.2, gamma=0.9),
], lambda z: 0.9 * functional.elu(functional.celu(z, 0.5), 1.2))
hidden('onnxruntime: optimized', [node('QuickGelu', ['z'], ['a'], domain='com.microsoft', alpha=1.702)], lambda z: z * torch.sigmoid(1.702 * z), checked=False)

# Weights in another file, all of them, as PyTorch writes them from version 2.9 on.
tensors = dense_weights(4, 6, 3)
layers = [node('Gemm', ['X', 'w0', 'b0'], ['z']), node('Relu', ['z'], ['a']), node('Gemm', ['a', 'w1', 'b1'], ['Y'])]
model = graph(layers, tensors, [None, 4], [value('Y', [None, 3])])
x = f32(random.randn(5, 4))
y = numpy.maximum(x @ tensors['w0'] + tensors['b0'], 0) @ tensors['w1'] + tensors['b1']
with tempfile.TemporaryDirectory() as folder:
    onnx.save(model, os.path.join(folder, 'model.onnx'), save_as_external_data=True, location='model.onnx.data', size_threshold=0)
    read = lambda name: open(os.path.join(folder, name), 'rb').read()
    add('weights in another file', read('model.onnx'), x, y, checked=False, external={'model.onnx.data': base64.b64encode(read('model.onnx.data')).decode()})

# scikit-learn's linear models, as skl2onnx writes them.
for name, model in (('multinomial', LogisticRegression(max_iter=500)), ('of two classes', LogisticRegression(max_iter=500))):
    y = iris.target if name == 'multinomial' else (iris.target > 0).astype(int)
    model.fit(iris.data, y)
    coefficients = model.coef_ if name == 'multinomial' else numpy.vstack([-model.coef_, model.coef_])
    intercepts = model.intercept_ if name == 'multinomial' else numpy.concatenate([-model.intercept_, model.intercept_])
    classes = list(map(int, model.classes_))
    nodes = [
        node('LinearClassifier', ['X'], ['label', 'raw'], domain='ai.onnx.ml', coefficients=coefficients.ravel().tolist(), intercepts=intercepts.tolist(),
             classlabels_ints=classes, post_transform='SOFTMAX' if name == 'multinomial' else 'LOGISTIC', multi_class=1),
        node('Normalizer', ['raw'], ['probabilities'], domain='ai.onnx.ml', norm='L1'),
    ]
    outputs = [value('label', [None], TensorProto.INT64), value('probabilities', [None, len(classes)])]
    add(f'skl2onnx: logistic regression, {name}', graph(nodes, {}, [None, 4], outputs, ml=True), chosen, model.predict_proba(chosen), classNames=list(map(str, classes)))

for path in sorted(glob.glob(os.path.join(HERE, '../fixtures/*.onnx'))):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    print('checked', os.path.basename(path))
with open(os.path.join(HERE, 'onnx.json'), 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(model) for model in models) + '\n]\n')
print(len(models), 'models')
