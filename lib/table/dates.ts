/** ISO 8601: a date, or a date and a time with or without an offset. */
const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d)?)?)?$/;

/** Milliseconds since 1970 in UTC, which a time without an offset is taken for; NaN for anything but a date of ISO 8601. */
export function parseDate(text: string): number {
  const match = text.length < 10 || text.length > 36 ? null : iso.exec(text);
  if (!match) return NaN;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  if (hour > 23 || minute > 59 || second > 59 || part(9) > 23 || part(10) > 59) return NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have becomes one of the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  const milliseconds = Math.trunc(Number(`0.${match[7] ?? 0}`) * 1000);
  const offset = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10));
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds;
}
