#!/usr/bin/python3
"""Writes npy.json: .npy and .npz files of NumPy, in base64, with the values that are in them.

Usage: /usr/bin/python3 make-npy.py   (Debian: apt install python3-numpy). The tests read the result only.
"""
import base64
import io
import json
import os
import zipfile

import numpy

random = numpy.random.RandomState(3)


def plain(array):
    return [int(v) if array.dtype.kind in 'iub' else float(v) for v in array.reshape(-1).tolist()]


def encoded(write):
    stream = io.BytesIO()
    write(stream)
    return base64.b64encode(stream.getvalue()).decode()


def zip64(write):
    """As if a file of 100 bytes were larger than 4 GiB: sizes, offsets and counts are in the fields of ZIP64."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 100, 1
    try:
        return encoded(write)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits


def streamed(write):
    """Into a pipe: sizes and checksums are behind the contents."""
    class Pipe(io.RawIOBase):
        data = b''

        def write(self, data):
            self.data += bytes(data)
            return len(data)

        def writable(self):
            return True

    pipe = Pipe()
    write(pipe)
    return base64.b64encode(pipe.data).decode()


def case(name, array, version=None):
    def write(stream):
        numpy.lib.format.write_array(stream, array, version=version, allow_pickle=True)

    exact = array.dtype.kind in 'fiub'
    return {'name': name, 'file': encoded(write), 'shape': list(array.shape), 'values': plain(array) if exact else None}


matrix = random.randint(-99, 100, size=(3, 5))
cases = [case(f'{code}{kind}', (numpy.abs(matrix) if kind[0] in 'ub' else matrix / (4 if kind[0] == 'f' else 1)).astype(code + kind))
         for code in '<>' for kind in ['f2', 'f4', 'f8', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'b1']]
cases += [
    case('columns first', numpy.asfortranarray(matrix.astype('<f4'))),
    case('columns first, three dimensions', numpy.asfortranarray(random.randint(0, 9, size=(2, 3, 4)).astype('>i2'))),
    case('one dimension', numpy.arange(7, dtype='<f8')),
    case('no dimension', numpy.array(2.5)),
    case('three dimensions', random.rand(2, 1, 3)),
    case('no elements', numpy.zeros((0, 4), dtype='<f4')),
    case('version 2', matrix.astype('<f8'), (2, 0)),
    case('version 3', matrix.astype('<f8'), (3, 0)),
    case('halves', numpy.array([0, -0.0, 1, -2, 65504, 6e-8, 6.1e-5, 0.333], dtype='<f2')),
    case('the largest exact integers', numpy.array([2**53 - 1, -(2**53) + 1], dtype='<i8')),
]

refused = [
    case('objects', numpy.array([{}, None], dtype=object)),
    case('text', numpy.array(['a', 'bcd'])),
    case('bytes', numpy.array([b'a', b'bcd'])),
    case('complex numbers', numpy.array([1j])),
    case('dates', numpy.array(['2020-01-01'], dtype='M8[D]')),
    case('structures', numpy.zeros(2, dtype=[('a', '<f4'), ('b', '<i4')])),
    case('integers that are too large', numpy.array([2**53 + 1], dtype='<i8')),
]

arrays = {'weights': random.rand(3, 4).astype('<f4'), 'bias': numpy.arange(4.0), 'names/ü': numpy.array([[1, 2]], dtype='<i4'), '__proto__': numpy.array([1.5])}
contents = {name: {'shape': list(array.shape), 'values': plain(array)} for name, array in arrays.items()}
bomb = encoded(lambda stream: numpy.savez_compressed(stream, zeros=numpy.zeros(1 << 20, dtype='<f8')))
document = {
    'cases': cases,
    'refused': refused,
    'npz': {
        'arrays': contents,
        'stored': encoded(lambda s: numpy.savez(s, **arrays)),
        'deflated': encoded(lambda s: numpy.savez_compressed(s, **arrays)),
        'zip64': zip64(lambda s: numpy.savez(s, **arrays)),
        'zip64, deflated': zip64(lambda s: numpy.savez_compressed(s, **arrays)),
        'streamed': streamed(lambda s: numpy.savez_compressed(s, **arrays)),
    },
    'bomb': bomb,
}
with open(os.path.join(os.path.dirname(__file__), 'npy.json'), 'w') as file:
    file.write(json.dumps(document, allow_nan=False))
    file.write('\n')
