import { h, s, setAttributes, setText } from './dom';
import { count, short, tick as shortTick } from './format';
import { extent, linearScale, logScale, type Scale } from './scale';

export interface Line {
  name: string;
  /** Names a colour of the style sheet. */
  kind: 'training' | 'validation' | 'rate';
  values: readonly (number | null)[];
}

export interface LineChartData {
  title: string;
  epoch: readonly number[];
  lines: readonly Line[];
  /** On an axis of its own, to the right. */
  rate?: Line;
  log: boolean;
  bestEpoch?: number;
}

const height = 250;
const margin = { top: 14, bottom: 30, left: 54 };
const rateMargin = 58;

/** Lines over epochs. A pointer or the arrow keys read off values; a label and a table say the same in words. */
export class LineChart {
  readonly element: HTMLElement;
  readonly #svg = s('svg', { class: 'chart', tabindex: 0, role: 'img', height });
  readonly #legend = h('div', { class: 'legend' });
  readonly #spoken = h('p', { class: 'unseen', 'aria-live': 'polite' });
  readonly #table = h('tbody');
  readonly #head = h('tr');
  readonly #details = h('details', {}, h('summary', {}, 'As a table'));
  #data: LineChartData | undefined;
  /** The point under the pointer or the keyboard's cursor. */
  #cursor: number | undefined;
  #xs: Scale | undefined;

  constructor(title: string) {
    this.#details.append(h('div', { class: 'scrolled' }, h('table', {}, h('thead', {}, this.#head), this.#table)));
    this.element = h('figure', {}, h('figcaption', {}, h('h3', {}, title), this.#legend), this.#svg, this.#spoken, this.#details);
    this.#svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    this.#svg.addEventListener('pointerdown', (event) => this.#point(event.offsetX));
    this.#svg.addEventListener('pointerleave', () => this.#moveTo(undefined));
    this.#svg.addEventListener('blur', () => this.#moveTo(undefined));
    this.#svg.addEventListener('keydown', (event) => this.#press(event));
    this.#details.addEventListener('toggle', () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(this.#svg);
  }

  update(data: LineChartData): void {
    this.#data = data;
    if (this.#cursor !== undefined) this.#cursor = Math.min(this.#cursor, data.epoch.length - 1);
    this.#draw();
  }

  #draw(): void {
    const data = this.#data;
    const width = this.#svg.clientWidth;
    if (data === undefined || width === 0 || data.epoch.length === 0) return;
    const { epoch, lines, rate, bestEpoch } = data;
    const right = width - (rate === undefined ? 12 : rateMargin);
    const wantedX = Math.max(2, Math.floor((right - margin.left) / 90));
    const [first, last] = [epoch[0] as number, epoch.at(-1) as number];
    const x = linearScale({ low: first, high: Math.max(last, first + 1), from: margin.left, to: right }, wantedX);
    this.#xs = x;
    const range = extent(
      lines.map(({ values }) => values),
      data.log,
    );
    const y = range && axis(range, data.log);
    const rates = rate && extent([rate.values], false);
    const parts: SVGElement[] = [...grid(x, y, right)];
    if (rate !== undefined && rates !== undefined) {
      const scale = axis({ low: Math.min(0, rates.low), high: rates.high }, false);
      parts.push(pathOf(rate, epoch, x, scale));
      parts.push(...scale.ticks.map((tick) => s('text', { class: 'tick', x: right + 6, y: scale.at(tick) + 4 }, shortTick(tick))));
    }
    if (bestEpoch !== undefined && bestEpoch >= first && bestEpoch <= last) {
      const at = x.at(bestEpoch);
      parts.push(
        s('line', { class: 'best', x1: at, x2: at, y1: margin.top, y2: height - margin.bottom }),
        s('text', { class: 'best', x: at, y: margin.top - 3, 'text-anchor': at > width / 2 ? 'end' : 'start' }, `best ${count(bestEpoch)}`),
      );
    }
    if (y !== undefined) for (const line of lines) parts.push(pathOf(line, epoch, x, y));
    if (this.#cursor !== undefined) parts.push(...this.#cursorAt(this.#cursor, x, y));
    this.#svg.replaceChildren(...parts);
    setAttributes(this.#svg, { width: '100%', 'aria-label': describe(data) });
    this.#showLegend();
    if (this.#details.open) this.#showTable();
  }

  #cursorAt(index: number, x: Scale, y: Scale | undefined): SVGElement[] {
    const { epoch, lines } = this.#data as LineChartData;
    const at = x.at(epoch[index] as number);
    const dots = lines.flatMap(({ kind, values }) => {
      const value = values[index];
      const isVisible = y !== undefined && typeof value === 'number' && !(y.log && value <= 0);
      return isVisible ? [s('circle', { class: `dot ${kind}`, cx: at, cy: y.at(value), r: 4 })] : [];
    });
    return [s('line', { class: 'cursor', x1: at, x2: at, y1: margin.top, y2: height - margin.bottom }), ...dots];
  }

  /** The values at the cursor, or the last ones. */
  #showLegend(): void {
    const { epoch, lines, rate } = this.#data as LineChartData;
    const index = this.#cursor ?? epoch.length - 1;
    const entries = [...lines, ...(rate === undefined ? [] : [rate])].map(({ name, kind, values }) =>
      h('span', { class: `entry ${kind}` }, `${name} `, h('b', {}, short(values[index]))),
    );
    this.#legend.replaceChildren(h('span', {}, `epoch ${count(epoch[index] as number)}`), ...entries);
    if (this.#cursor !== undefined && document.activeElement === this.#svg) setText(this.#spoken, this.#legend.textContent ?? '');
  }

  #showTable(): void {
    const { epoch, lines, rate } = this.#data as LineChartData;
    const all = [...lines, ...(rate === undefined ? [] : [rate])];
    this.#head.replaceChildren(...['epoch', ...all.map(({ name }) => name)].map((name) => h('th', { scope: 'col' }, name)));
    const rows = Math.min(12, epoch.length);
    const indices = new Set(Array.from({ length: rows }, (_, row) => Math.round((row / Math.max(1, rows - 1)) * (epoch.length - 1))));
    this.#table.replaceChildren(
      ...Array.from(indices, (index) =>
        h('tr', {}, h('td', {}, count(epoch[index] as number)), ...all.map(({ values }) => h('td', {}, short(values[index])))),
      ),
    );
  }

  #point(offset: number): void {
    const { epoch } = this.#data ?? { epoch: [] };
    const x = this.#xs;
    if (x === undefined || epoch.length === 0) return;
    let nearest = 0;
    for (let index = 1; index < epoch.length; index++) {
      if (Math.abs(x.at(epoch[index] as number) - offset) < Math.abs(x.at(epoch[nearest] as number) - offset)) nearest = index;
    }
    this.#moveTo(nearest);
  }

  #press(event: KeyboardEvent): void {
    const last = (this.#data?.epoch.length ?? 0) - 1;
    const from = this.#cursor ?? last;
    const far = Math.max(1, Math.round(last / 10));
    const moves: Record<string, number | undefined> = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      PageUp: from - far,
      PageDown: from + far,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#moveTo(Math.max(0, Math.min(last, to)));
  }

  #moveTo(index: number | undefined): void {
    if (index === this.#cursor) return;
    this.#cursor = index;
    this.#draw();
  }
}

function axis({ low, high }: { low: number; high: number }, log: boolean): Scale {
  const place = { from: height - margin.bottom, to: margin.top };
  if (log) return logScale({ low: low === high ? low / 2 : low, high: low === high ? high * 2 : high, ...place }, 5);
  const room = (high - low) * 0.04 || Math.abs(high) * 0.1 || 1;
  return linearScale({ low: low >= 0 ? Math.max(0, low - room) : low - room, high: high + room, ...place }, 5);
}

function grid(x: Scale, y: Scale | undefined, right: number): SVGElement[] {
  const bottom = height - margin.bottom;
  const across = (y?.ticks ?? []).flatMap((tick) => {
    const at = (y as Scale).at(tick);
    return [
      s('line', { class: 'grid', x1: margin.left, x2: right, y1: at, y2: at }),
      s('text', { class: 'tick', x: margin.left - 8, y: at + 4, 'text-anchor': 'end' }, shortTick(tick)),
    ];
  });
  const along = x.ticks
    .filter(Number.isInteger)
    .map((tick) => s('text', { class: 'tick', x: x.at(tick), y: bottom + 18, 'text-anchor': 'middle' }, count(tick)));
  return [...across, ...along, s('line', { class: 'axis', x1: margin.left, x2: right, y1: bottom, y2: bottom })];
}

/** A line with gaps where there are no values. */
function pathOf({ kind, values }: Line, epoch: readonly number[], x: Scale, y: Scale): SVGElement {
  let d = '';
  let isDown = false;
  for (const [index, value] of values.entries()) {
    const isThere = value !== null && !(y.log && value <= 0);
    if (isThere) d += `${isDown ? 'L' : 'M'}${x.at(epoch[index] as number).toFixed(1)} ${y.at(value).toFixed(1)}`;
    isDown = isThere;
  }
  return s('path', { class: `line ${kind}`, d });
}

function describe({ title, epoch, lines, rate, bestEpoch }: LineChartData): string {
  const words = [...lines, ...(rate === undefined ? [] : [rate])].map(({ name, values }) => {
    const range = extent([values], false);
    return `${name} from ${short(values[0])} to ${short(values.at(-1))}${range ? `, lowest ${short(range.low)}, highest ${short(range.high)}` : ''}`;
  });
  const best = bestEpoch === undefined ? '' : `; best epoch ${count(bestEpoch)}`;
  return `${title}, epochs ${count(epoch[0] as number)} to ${count(epoch.at(-1) as number)}: ${words.join('; ')}${best}. Arrow keys read values.`;
}
