"""Stands in for the safetensors package, which Debian does not have."""
import json
import struct

import torch

DTYPES = {'F32': torch.float32, 'F64': torch.float64, 'I64': torch.int64}


def load_file(name):
    raw = open(name, 'rb').read()
    length, = struct.unpack('<Q', raw[:8])
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    return {key: torch.frombuffer(bytearray(data[slice(*entry['data_offsets'])]), dtype=DTYPES[entry['dtype']]).reshape(entry['shape'])
            for key, entry in header.items() if key != '__metadata__'}


def save_file(state, name):
    """Tensors in the order of their sizes and names, as the library writes them."""
    header, data = {}, b''
    names = {dtype: called for called, dtype in DTYPES.items()}
    for key, tensor in sorted(state.items(), key=lambda item: (-item[1].element_size(), item[0])):
        content = tensor.detach().contiguous().numpy().tobytes()
        header[key] = {'dtype': names[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(name, 'wb').write(struct.pack('<Q', len(text)) + text + data)
