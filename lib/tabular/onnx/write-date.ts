import type { GraphWriter } from '../../formats/onnx/graph-writer';
import { type DatePart, type DateState, millisecondsPerDay } from '../date-feature';
import type { Placed, Unscaled } from './pieces';

/** A column of times in milliseconds since 1970, as the parts of their dates in UTC. */
export function writeDate(graph: GraphWriter, { feature: { name, parts, means } }: Placed<DateState>): Unscaled {
  const isMissing = graph.node('IsNaN', [name]);
  const date = new DateWriter(graph, graph.node('Where', [isMissing, graph.double(0), name]));
  const values = parts.map((part, index) => graph.node('Where', [isMissing, graph.double(means[index] as number), date[part]()]));
  return { values, isMissing };
}

/**
 * The parts of dates in whole numbers of double precision, which are exact. Years begin in March here: the day of a leap year is the last one.
 * All eras of 400 years are alike.
 */
class DateWriter implements Record<DatePart, () => string> {
  readonly #graph: GraphWriter;
  readonly #time: string;
  readonly #days: string;
  #calendar: { year: string; month: string; day: string } | undefined;

  constructor(graph: GraphWriter, time: string) {
    this.#graph = graph;
    this.#time = time;
    this.#days = this.#quotient(time, millisecondsPerDay);
  }

  time(): string {
    return this.#of('Div', this.#time, millisecondsPerDay);
  }

  hour(): string {
    return this.#quotient(this.#of('Sub', this.#time, this.#of('Mul', this.#days, millisecondsPerDay)), millisecondsPerDay / 24);
  }

  weekday(): string {
    return this.#rest(this.#of('Add', this.#days, thursday), 7);
  }

  year(): string {
    return this.#dates.year;
  }

  month(): string {
    return this.#dates.month;
  }

  day(): string {
    return this.#dates.day;
  }

  get #dates(): { year: string; month: string; day: string } {
    this.#calendar ??= this.#writeCalendar();
    return this.#calendar;
  }

  #writeCalendar(): { year: string; month: string; day: string } {
    const days = this.#of('Add', this.#days, daysBefore1970);
    const era = this.#quotient(days, daysOfEra);
    const dayOfEra = this.#rest(days, daysOfEra);
    // Without the days of leap years each year has 365.
    const leaps = this.#of('Sub', this.#quotient(dayOfEra, 1460), this.#quotient(dayOfEra, 36_524));
    const leapDays = this.#of('Add', leaps, this.#quotient(dayOfEra, daysOfEra - 1));
    const yearOfEra = this.#quotient(this.#of('Sub', dayOfEra, leapDays), 365);
    const leapYears = this.#of('Sub', this.#quotient(yearOfEra, 4), this.#quotient(yearOfEra, 100));
    const dayOfYear = this.#of('Sub', dayOfEra, this.#of('Add', this.#of('Mul', yearOfEra, 365), leapYears));
    // Five months from March on have 153 days, and so have the next five.
    const monthFromMarch = this.#quotient(this.#of('Add', this.#of('Mul', dayOfYear, 5), 2), 153);
    const daysBeforeMonth = this.#quotient(this.#of('Add', this.#of('Mul', monthFromMarch, 153), 2), 5);
    const day = this.#of('Add', this.#of('Sub', dayOfYear, daysBeforeMonth), 1);
    const month = this.#of('Add', this.#rest(this.#of('Add', monthFromMarch, 2), 12), 1);
    const isNextYear = this.#quotient(monthFromMarch, 10);
    const year = this.#of('Add', this.#of('Add', yearOfEra, this.#of('Mul', era, 400)), isNextYear);
    return { year, month, day };
  }

  #of(operator: 'Add' | 'Sub' | 'Mul' | 'Div', a: string, b: string | number): string {
    return this.#graph.node(operator, [a, typeof b === 'number' ? this.#graph.double(b) : b]);
  }

  /** Rounded down. */
  #quotient(a: string, b: number): string {
    return this.#graph.node('Floor', [this.#of('Div', a, b)]);
  }

  #rest(a: string, b: number): string {
    return this.#of('Sub', a, this.#of('Mul', this.#quotient(a, b), b));
  }
}

/** The weekday of 1970-01-01, where Sunday is 0. */
const thursday = 4;
/** From 0000-03-01 to 1970-01-01. */
const daysBefore1970 = 719_468;
/** 400 years. */
const daysOfEra = 146_097;
