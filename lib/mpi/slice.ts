/** The part of `rows` rows that belongs to a rank, exact for every safe integer. */
export function sliceOf(rows: number, rank: number, size: number): { begin: number; end: number } {
  const boundary = (part: number): number => Number((BigInt(rows) * BigInt(part)) / BigInt(size));
  return { begin: boundary(rank), end: boundary(rank + 1) };
}
