#!/usr/bin/python3
"""Writes pytorch.json: state dicts of PyTorch in safetensors files (base64), with rows of inputs and the outputs in f64.

Usage: /usr/bin/python3 make-pytorch.py   (Debian: apt install python3-torch python3-numpy). The tests read the result only.
"""
import base64
import json
import os
import struct

import torch
from torch import nn

torch.manual_seed(5)
torch.set_num_threads(1)
DTYPES = {'F32': torch.float32, 'F64': torch.float64, 'F16': torch.float16, 'BF16': torch.bfloat16}


def safetensors(state):
    """The library's format: tensors in the order of their names."""
    header, data = {'__metadata__': {'format': 'pt'}}, b''
    for name, tensor in sorted(state.items()):
        raw = tensor.contiguous()
        bits = raw.view(torch.int16) if raw.dtype == torch.bfloat16 else raw
        content = bits.numpy().tobytes()
        dtype = {v: k for k, v in DTYPES.items()}.get(raw.dtype, 'I64')
        header[name] = {'dtype': dtype, 'shape': list(raw.shape), 'data_offsets': [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + data


def randomize(model):
    for name, tensor in model.state_dict().items():
        if tensor.dtype.is_floating_point:
            tensor.copy_(torch.rand_like(tensor) * 1.5 + 0.25 if 'var' in name or 'std' in name else torch.randn_like(tensor) * 0.5)


class Named(nn.Module):
    """Names in the order of the modules, two of the same shape, a normalisation of each kind, and no bias in one."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 6)
        self.fc2 = nn.Linear(6, 6)
        self.fc3 = nn.Linear(6, 6)
        self.bn = nn.BatchNorm1d(6)
        self.ln = nn.LayerNorm(6)
        self.out = nn.Linear(6, 2, bias=False)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.nn.functional.gelu(self.bn(self.fc2(x)))
        return self.out(self.ln(torch.tanh(self.fc3(x))))


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.ModuleList([nn.Embedding(5, 3), nn.Embedding(5, 3), nn.Embedding(7, 2)])
        self.body = nn.Sequential(nn.Linear(10, 5), nn.SiLU(), nn.Linear(5, 3), nn.Softmax(dim=1))

    def forward(self, x):
        parts = [x[:, :2]] + [table(x[:, 2 + i].long()) for i, table in enumerate(self.emb)]
        return self.body(torch.cat(parts, 1))


class Normalized(nn.Module):
    """Statistics as buffers, factors of columns, and an ensemble (TabM-mini) as people write them."""

    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.zeros(4))
        self.register_buffer('std', torch.ones(4))
        self.gain = nn.Module()
        self.gain.scale = nn.Parameter(torch.ones(4))
        self.members = nn.Module()
        self.members.scale = nn.Parameter(torch.ones(3, 4))
        self.hidden = nn.Linear(4, 6)
        self.heads = nn.Module()
        self.heads.weight = nn.Parameter(torch.zeros(3, 6, 2))
        self.heads.bias = nn.Parameter(torch.zeros(3, 2))

    def forward(self, x):
        x = ((x - self.mean) / self.std) * self.gain.scale
        x = torch.relu(self.hidden(x[:, None] * self.members.scale))
        return (torch.einsum('bmi,mio->bmo', x, self.heads.weight) + self.heads.bias).mean(1)


def deep():
    layers = []
    for _ in range(6):
        layers += [nn.Linear(4, 4), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(4, 1))


dense = lambda units, activation='linear': {'type': 'dense', 'units': units, 'activation': activation}
MODELS = [
    ('a sequence of more than ten modules', deep, {'inputSize': 4, 'layers': [dense(4, 'tanh')] * 6 + [dense(1)]}, lambda: torch.randn(5, 4)),
    ('named modules', Named, {'inputSize': 4, 'layers': [
        dense(6, 'relu'), dense(6), {'type': 'batchNorm'}, {'type': 'activation', 'activation': 'gelu'}, dense(6, 'tanh'), {'type': 'layerNorm'}, dense(2),
    ]}, lambda: torch.randn(5, 4)),
    ('embeddings', Embedded, {'inputs': [
        {'type': 'numeric', 'columns': 2}, {'type': 'categorical', 'categories': 5, 'width': 3, 'columns': 2},
        {'type': 'categorical', 'categories': 7, 'width': 2},
    ], 'layers': [dense(5, 'silu'), dense(3, 'softmax')]}, lambda: torch.cat([torch.randn(5, 2), torch.randint(0, 5, (5, 3)).float()], 1)),
    ('statistics, factors and members', Normalized, {'inputSize': 4, 'layers': [
        {'type': 'normalize'}, {'type': 'scale'}, {'type': 'members', 'count': 3}, dense(6, 'relu'), {**dense(2), 'perMember': 'weights'},
    ]}, lambda: torch.randn(5, 4)),
]

cases = []
for name, make, options, data in MODELS:
    for dtype, kind in DTYPES.items():
        model = make()
        randomize(model)
        model = model.to(kind)
        file = safetensors(model.state_dict())
        x = data().double()
        with torch.no_grad():
            outputs = model.double().eval()(x)
        cases.append({'name': f'{name}, {dtype}', 'options': options, 'file': base64.b64encode(file).decode(), 'x': x.tolist(), 'outputs': outputs.tolist()})

with open(os.path.join(os.path.dirname(__file__), 'pytorch.json'), 'w') as file:
    json.dump({'cases': cases}, file)
    file.write('\n')
