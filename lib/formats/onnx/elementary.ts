/** log(1 + eᶻ), which cannot overflow. */
export const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** The error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26): enough to tell functions apart. */
export function erf(z: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(z));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(z) * (1 - series * Math.exp(-z * z));
}
