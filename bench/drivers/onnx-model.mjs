// An ONNX file, by hand: Gemm and Relu in turn, Softmax last. Written apart from lib/formats on purpose: the benchmark of a peer should
// not depend on what it is compared with. Numbers of fields: onnx.proto.
import { values } from './data.mjs';

const encoder = new TextEncoder();
const bytes = (...parts) => Buffer.concat(parts);
const varint = (value) => (value < 128 ? Buffer.of(value) : bytes(Buffer.of((value % 128) + 128), varint(Math.floor(value / 128))));
const number = (field, value) => bytes(varint(field * 8), varint(value));
const message = (field, ...parts) => {
  const body = bytes(...parts);
  return bytes(varint(field * 8 + 2), varint(body.length), body);
};
const text = (field, value) => message(field, encoder.encode(value));

const node = (operator, inputs, output) => message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, operator));
const float = number(2, 1);
const tensor = (name, dims, data) =>
  message(5, ...dims.map((dim) => number(1, dim)), float, text(8, name), message(9, new Uint8Array(data.buffer)));
const value = (field, name, width) =>
  message(
    field,
    text(1, name),
    message(2, message(1, number(1, 1), message(2, message(1, text(2, 'rows')), message(1, number(1, width))))),
  );

/** Weights and bias of each layer. */
export const parameters = (sizes) =>
  sizes.slice(1).map((units, i) => ({
    weights: values(sizes[i] * units, i).map((v) => v / Math.sqrt(sizes[i])),
    bias: values(units, i),
  }));

export function onnxModel(sizes) {
  const parts = [];
  let last = 'x';
  parameters(sizes).forEach(({ weights, bias }, i) => {
    parts.push(tensor(`w${i}`, [sizes[i], sizes[i + 1]], weights), tensor(`b${i}`, [sizes[i + 1]], bias));
    parts.push(node('Gemm', [last, `w${i}`, `b${i}`], `z${i}`));
    last = i === sizes.length - 2 ? 'y' : `a${i}`;
    parts.push(node(last === 'y' ? 'Softmax' : 'Relu', [`z${i}`], last));
  });
  const graph = message(7, ...parts, text(2, 'mlp'), value(11, 'x', sizes[0]), value(12, 'y', sizes.at(-1)));
  return new Uint8Array(bytes(number(1, 8), graph, message(8, number(2, 13))));
}
