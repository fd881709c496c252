"""PyTorch. Its threads and OpenBLAS's are set by the environment, before either is loaded: torch.set_num_threads leaves OpenBLAS's on.
"threads" of the specification are its own, OpenMP's."""
import json
import resource
import sys
import time

import torch
from torch import nn

SAMPLE_SECONDS = 0.005


def measure(f, seconds):
    """Best and median seconds of a call, as ../native/measure.h."""
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds / 5 or calls == 0:
        f()
        calls += 1
    warm = time.perf_counter()
    count = int(SAMPLE_SECONDS / ((warm - start) / calls)) + 1
    samples = []
    while len(samples) < 3 or time.perf_counter() - warm < seconds:
        begin = time.perf_counter()
        for _ in range(count):
            f()
        samples.append((time.perf_counter() - begin) / count)
    samples.sort()
    return {"best": samples[0], "median": samples[len(samples) // 2], "samples": len(samples)}


ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "linear": nn.Identity}


class Residual(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        return x + self.block(x)


def modules(layers, width):
    """The modules of layers in our options, and their width; the loss takes logits."""
    made = []
    for layer in layers:
        if layer["type"] == "layerNorm":
            made.append(nn.LayerNorm(width))
        elif layer["type"] == "residual":
            made.append(Residual(nn.Sequential(*modules(layer["layers"], width)[0])))
        else:
            made.append(nn.Linear(width, layer["units"]))
            width = layer["units"]
            if layer["activation"] not in ("linear", "softmax"):
                made.append(ACTIVATIONS[layer["activation"]]())
    return made, width


def model(spec):
    sizes = spec["sizes"]
    if "inputs" in spec:
        # One table for all columns, whose indices lie ready: faster than a table a column.
        (inputs,) = spec["inputs"]
        table = nn.Embedding(inputs["columns"] * inputs["categories"], inputs["width"], sparse=SPARSE and spec["optimizer"] == "sgd")
        return nn.Sequential(table, nn.Flatten(), *modules(spec["layers"], inputs["columns"] * inputs["width"])[0])
    if "layers" in spec:
        return nn.Sequential(*modules(spec["layers"], sizes[0])[0])
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, units), ACTIVATIONS[spec["activation"]]()]
    return nn.Sequential(*layers[:-1])  # the loss takes logits


def make_inputs(spec, rows):
    if "inputs" not in spec:
        return torch.rand(rows, spec["sizes"][0]) * 2 - 1
    (inputs,) = spec["inputs"]
    columns, categories = inputs["columns"], inputs["categories"]
    return torch.randint(0, categories, (rows, columns)) + torch.arange(columns) * categories


def make_samples(spec):
    """Inputs, targets and the loss."""
    outputs = spec["sizes"][-1]
    if spec["sizes"][0] == 2:
        xor = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([[0.0], [1], [1], [0]])
        return *xor, nn.BCEWithLogitsLoss()
    rows = spec.get("rows", spec["batch"] * spec["batches"])
    x = make_inputs(spec, rows)
    if outputs == 1:
        return x, (torch.arange(rows) % 2).float().unsqueeze(1), nn.BCEWithLogitsLoss()
    return x, torch.arange(rows) * 7 % outputs, nn.CrossEntropyLoss()


def ready(x, y, batch):
    """The same batches in every epoch. They lie ready: PyTorch is not charged for assembling them, we are."""
    pairs = list(zip(x.split(batch), y.split(batch)))
    while True:
        yield from pairs


def shuffled(x, y, batch):
    """Batches of data of real size, gathered in another order in every epoch."""
    while True:
        for indices in torch.randperm(len(x)).split(batch):
            yield x.index_select(0, indices), y.index_select(0, indices)


def stepper(spec):
    """A function that trains on the next batch."""
    torch.manual_seed(1)
    x, y, loss = make_samples(spec)
    rate = 0.1 if spec["sizes"][0] == 2 else 1e-4
    net = model(spec)
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[spec["optimizer"]](net.parameters(), lr=rate, foreach=FOREACH)
    batches = (shuffled if "rows" in spec else ready)(x, y, spec["batch"])

    def step():
        a, b = next(batches)
        optimizer.zero_grad(set_to_none=True)
        loss(net(a), b).backward()
        optimizer.step()

    return step


SPARSE = True  # gradients of a table: with SGD 1 ms a step of 256 rows where whole tables took 1.3 ms (one thread of a Zen CPU)
FOREACH = False  # for a few tensors on a CPU the loop is the faster one


def train(spec):
    return measure(stepper(spec), spec["seconds"])


def memory(spec):
    step = stepper(spec)
    for _ in range(5):
        step()
    return {"best": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


spec = json.loads(sys.argv[1])
torch.set_num_threads(spec["threads"])
print(json.dumps({**{"train": train, "memory": memory}[spec["kind"]](spec), "version": torch.__version__}))
