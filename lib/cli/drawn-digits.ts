import type { Random } from './random';

/*
 * Digits for those who have no real ones: strokes of a pen, bent, slanted and moved at random, 28 x 28 pixels like those of the MNIST database.
 * They are about as hard: `chainrule digits` reads 97.3 % of held-out ones, and 97.5 % of MNIST's (20 epochs each).
 */

export const side = 28;
export const pixels: number = side * side;

type Point = readonly [x: number, y: number];

/** A smooth line through these points. x grows to the right and y downwards, both from 0 to 1. */
type Stroke = readonly Point[];

/** Each digit's ways of being written: strokes, and their points in hundredths. */
const shapes: readonly (readonly Stroke[])[][] = [
  ['50 10, 27 30, 27 70, 50 90, 73 70, 73 30, 48 10'],
  ['52 10, 50 50, 50 90', '34 30, 45 22, 55 10 / 55 10, 54 50, 54 90'],
  ['26 30, 40 12, 65 14, 72 34, 50 62, 22 88 / 22 88, 50 86, 78 87', '26 26, 45 10, 70 22, 62 52, 38 84, 25 82, 38 74, 60 86, 78 82'],
  ['26 20, 48 10, 69 26, 42 47 / 42 47, 73 62, 58 88, 24 83'],
  ['60 10, 40 36, 20 62 / 20 62, 50 61, 80 60 / 62 34, 61 60, 60 90', '30 12, 26 34, 30 52, 68 50 / 70 12, 68 50, 66 90'],
  ['72 12, 54 12, 36 13 / 36 13, 32 28, 30 44 / 30 44, 58 42, 73 64, 56 88, 25 84'],
  ['66 12, 40 32, 28 64, 42 88, 67 78, 65 56, 42 52, 30 68'],
  ['22 15, 50 14, 77 14 / 77 14, 56 50, 43 90', '22 15, 50 14, 77 14 / 77 14, 56 50, 43 90 / 36 52, 52 51, 70 50'],
  ['52 48, 30 30, 50 11, 69 28, 48 48, 28 70, 50 90, 72 70, 50 48'],
  ['68 30, 50 11, 30 28, 42 48, 68 34, 70 30, 66 60, 54 90'],
].map((ways) => ways.map((way) => way.split(' / ').map(stroke)));

function stroke(text: string): Stroke {
  return text.split(', ').map((point) => point.split(' ').map((number) => Number(number) / 100) as [number, number]);
}

/** A digit, `pixels` values from 0 to 1. */
export function drawDigit(digit: number, random: Random): Float32Array {
  const around = (middle: number, spread: number): number => middle + spread * (2 * random() - 1);
  const ways = shapes[digit] as (readonly Stroke[])[];
  const strokes = ways[Math.floor(random() * ways.length)] as readonly Stroke[];

  // Turned, slanted, stretched and moved as a whole, in pixels; each point wanders a little by itself.
  const [turn, slant] = [around(0, 0.35), around(0.08, 0.4)];
  const [width, height] = [around(18, 6), around(19, 5)];
  const [left, top] = [around(side / 2, 2), around(side / 2, 2)];
  const thickness = around(1.3, 0.6);
  const place = ([x, y]: Point): Point => {
    const down = (y - 0.5 + around(0, 0.09)) * height;
    const right = (x - 0.5 + around(0, 0.09)) * width - slant * down;
    return [left + right * Math.cos(turn) - down * Math.sin(turn), top + right * Math.sin(turn) + down * Math.cos(turn)];
  };

  const image = new Float32Array(pixels);
  for (const stroke of strokes) {
    const line = smooth(stroke.map(place));
    for (let i = 1; i < line.length; i++) drawSegment(image, line[i - 1] as Point, line[i] as Point, thickness);
  }
  return image;
}

/** Points of a Catmull-Rom spline through the given ones, close enough together for straight pieces. */
function smooth(points: readonly Point[]): Point[] {
  const pieces = 5;
  const point = (index: number): Point => points[Math.min(points.length - 1, Math.max(0, index))] as Point;
  const line: Point[] = [point(0)];
  for (let i = 0; i + 1 < points.length; i++) {
    const [p, q, r, s] = [point(i - 1), point(i), point(i + 1), point(i + 2)];
    for (let piece = 1; piece <= pieces; piece++) {
      const t = piece / pieces;
      const at = (k: 0 | 1): number =>
        q[k] + (t / 2) * (r[k] - p[k] + t * (2 * p[k] - 5 * q[k] + 4 * r[k] - s[k] + t * (3 * (q[k] - r[k]) + s[k] - p[k])));
      line.push([at(0), at(1)]);
    }
  }
  return line;
}

/** Ink where a pixel's centre is nearer to the segment than `radius`, less at the edge. */
function drawSegment(image: Float32Array, [x0, y0]: Point, [x1, y1]: Point, radius: number): void {
  const reach = radius + 0.5;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const low = (a: number, b: number): number => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const high = (a: number, b: number): number => Math.min(side - 1, Math.ceil(Math.max(a, b) + reach));
  for (let row = low(y0, y1); row <= high(y0, y1); row++) {
    for (let column = low(x0, x1); column <= high(x0, x1); column++) {
      const [px, py] = [column + 0.5 - x0, row + 0.5 - y0];
      const t = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const ink = Math.min(1, reach - Math.hypot(px - t * dx, py - t * dy));
      const at = row * side + column;
      if (ink > (image[at] as number)) image[at] = ink;
    }
  }
}
