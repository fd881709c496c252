/*
 * Logarithm and exponential of our own: `Math.log` and `Math.exp` are the engine's choice, and metrics are the same on every machine. The
 * formulas are those of fdlibm (Sun Microsystems, 1993), within one unit in the last place.
 */

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

const view = new DataView(new ArrayBuffer(8));

/** The natural logarithm; NaN below 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  const scaled = x < 2 ** -1022 ? x * 2 ** 54 : x;
  view.setFloat64(0, scaled);
  let exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1023 - (scaled === x ? 0 : 54);
  view.setUint16(0, (view.getUint16(0) & 0xf) | 0x3ff0);
  let mantissa = view.getFloat64(0); // from 1 to 2
  if (mantissa > Math.SQRT2) [mantissa, exponent] = [mantissa / 2, exponent + 1];
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return exponent * ln2High - (half - (s * (half + even + odd) + exponent * ln2Low) - f);
}

/** The exponential. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019411) return 0;
  const k = Math.round(x * Math.LOG2E);
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t * (-0.0027777777777015593 + t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // Two factors, each of them a normal number.
  const first = Math.trunc(k / 2);
  return y * 2 ** first * 2 ** (k - first);
}
