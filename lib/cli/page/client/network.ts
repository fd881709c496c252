import type { PageData, Plane, Sample, Unit, UnitColumn } from '../data';
import { card, h, s, setAttributes, setText } from './dom';
import { short } from './format';
import { bytesOf, classColour, drawClasses, drawHeat, heatColour, onSchemeChange } from './heat';
import type { Section } from './section';

/** Pixels of the canvases; the style sheet gives them their sizes. */
const unitPixels = 80;
const surfacePixels = 560;
const widestLine = 7;

/**
 * A network with two inputs, as a picture: each unit shows what it makes of all inputs, each line a weight. The large picture is the output,
 * or the unit that the pointer or the keyboard is on.
 */
export function networkSection(): Section {
  const lines = s('svg', { class: 'weights', 'aria-hidden': 'true' });
  const columns = h('div', { class: 'columns' });
  const diagram = h('div', { class: 'diagram' }, lines, columns);
  const canvas = h('canvas', { width: surfacePixels, height: surfacePixels, role: 'img' });
  const marks = s('svg', { class: 'marks', viewBox: '0 0 100 100', 'aria-hidden': 'true' });
  const [x, y] = [h('span', { class: 'x' }), h('span', { class: 'y' })];
  const caption = h('p', { class: 'caption', 'aria-live': 'polite' });
  const key = h('div', { class: 'key' });
  const surface = h('div', { class: 'surface' }, h('div', { class: 'plot' }, canvas, marks, x, y), key, caption);
  const element = card('The network', h('div', { class: 'network' }, diagram, surface));
  let shown: PageData | undefined;
  let selected: { column: number; unit: number } | undefined;

  const select = (at: typeof selected): void => {
    selected = at;
    if (shown?.plane !== undefined) showSurface(shown.plane, shown.samples ?? []);
  };

  function build(plane: Plane): void {
    columns.replaceChildren(
      ...plane.columns.map(({ name, units, hidden }, column) =>
        h(
          'div',
          { class: 'column', role: 'group', 'aria-label': name },
          h('span', { class: 'name' }, name),
          ...units.map((_, unit) => unitButton(column, unit)),
          hidden > 0 ? h('span', { class: 'name' }, `and ${hidden} more`) : undefined,
        ),
      ),
    );
    diagram.hidden = plane.columns.length === 0;
    setText(element.querySelector('h2') as Element, diagram.hidden ? 'Decision surface' : 'The network');
  }

  function unitButton(column: number, unit: number): HTMLButtonElement {
    const button = h('button', { type: 'button', class: 'unit' }, h('canvas', { width: unitPixels, height: unitPixels }));
    button.addEventListener('pointerenter', () => select({ column, unit }));
    button.addEventListener('pointerleave', () => select(undefined));
    button.addEventListener('focus', () => select({ column, unit }));
    button.addEventListener('blur', () => select(undefined));
    return button;
  }

  function showUnits({ columns: all, names }: Plane): void {
    const buttons = columns.querySelectorAll<HTMLButtonElement>('.unit');
    let index = 0;
    for (const [column, { units }] of all.entries()) {
      for (const [unit, picture] of units.entries()) {
        const button = buttons[index++] as HTMLButtonElement;
        drawHeat(button.firstChild as HTMLCanvasElement, picture.map);
        setAttributes(button, { 'aria-label': describeUnit(all, names, column, unit), title: describeUnit(all, names, column, unit) });
      }
    }
  }

  function showLines({ columns: all }: Plane): void {
    const buttons = Array.from(columns.querySelectorAll<HTMLButtonElement>('.unit'));
    const box = diagram.getBoundingClientRect();
    const places = buttons.map((button) => button.getBoundingClientRect());
    const paths: { width: number; path: SVGElement }[] = [];
    let first = 0;
    for (const [column, { units }] of all.entries()) {
      const before = all[column - 1]?.units.length ?? 0;
      const largest = Math.max(1, ...units.flatMap(({ weights }) => weights.map(Math.abs)));
      for (const [unit, { weights }] of units.entries()) {
        const to = places[first + unit] as DOMRect;
        for (const [input, weight] of weights.entries()) {
          const from = places[first - before + input] as DOMRect;
          const [x1, x2] = [from.right - box.left, to.left - box.left];
          const [y1, y2] = [from, to].map((place) => place.top + place.height / 2 - box.top) as [number, number];
          const middle = (x1 + x2) / 2;
          const width = Math.max(0.4, (widestLine * Math.abs(weight)) / largest);
          const d = `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
          paths.push({ width, path: s('path', { d, class: weight < 0 ? 'negative' : 'positive', 'stroke-width': width.toFixed(2) }) });
        }
      }
      first += units.length;
    }
    setAttributes(lines, { width: box.width, height: box.height });
    lines.replaceChildren(...paths.sort((a, b) => a.width - b.width).map(({ path }) => path));
  }

  function showSurface(plane: Plane, samples: readonly Sample[]): void {
    const { surface: output, columns: all, names, from, to } = plane;
    const unit = selected && all[selected.column]?.units[selected.unit];
    const isOutput = unit === undefined;
    if (unit !== undefined) drawHeat(canvas, unit.map);
    else if (output.kind === 'value') drawHeat(canvas, output.map);
    else drawClasses(canvas, output.map, output.confidence);
    const values = unit ?? (output.kind === 'value' ? output : undefined);
    showKey(values, output.kind === 'classes' && isOutput ? output.classes : []);
    x.replaceChildren(...ends(from[0], names[0], to[0]));
    y.replaceChildren(...ends(from[1], names[1], to[1]));
    const text = selected === undefined ? 'Output for all inputs' : describeUnit(all, names, selected.column, selected.unit);
    setText(caption, selected === undefined && all.length > 0 ? 'The output for all inputs. Point at a unit to see what it does.' : text);
    setAttributes(canvas, { 'aria-label': `${text}${samples.length <= 8 ? describeSamples(plane, values, samples) : ''}` });
    marks.replaceChildren(
      ...samples.map(({ at, value, label }) => {
        const [cx, cy] = [(100 * (at[0] - from[0])) / (to[0] - from[0]), 100 - (100 * (at[1] - from[1])) / (to[1] - from[1])];
        const share = output.kind === 'value' ? (value - output.low) / (output.high - output.low || 1) : 0;
        const fill = output.kind === 'value' ? heatColour(Math.min(1, Math.max(0, share))) : classColour(value);
        const few = samples.length <= 8;
        const dot = s(
          'circle',
          { cx, cy, r: few ? 3.4 : 1.1, fill },
          s('title', {}, `${names[0]} ${short(at[0])}, ${names[1]} ${short(at[1])}: ${label}`),
        );
        return few ? s('g', {}, dot, s('text', { x: cx, y: cy + 1.5, class: share > 0.25 && share < 0.75 ? '' : 'on' }, label)) : dot;
      }),
    );
  }

  function showKey(values: Pick<Unit, 'low' | 'high'> | undefined, classes: readonly string[]): void {
    if (values !== undefined) key.replaceChildren(short(values.low), h('span', { class: 'bar' }), short(values.high));
    else {
      key.replaceChildren(
        ...classes.map((name, index) => {
          const swatch = h('span', { class: 'swatch' });
          swatch.style.background = classColour(index);
          return h('span', {}, swatch, name);
        }),
      );
    }
  }

  let built: string | undefined;
  function update(data: PageData): void {
    shown = data;
    const { plane, samples = [] } = data;
    if (plane === undefined) return;
    const structure = plane.columns.map(({ name, units }) => `${name} ${units.length}`).join();
    if (structure !== built) build(plane);
    built = structure;
    showUnits(plane);
    showLines(plane);
    showSurface(plane, samples);
  }
  const redraw = (): void => {
    if (shown !== undefined) update(shown);
  };
  onSchemeChange(redraw);
  new ResizeObserver(() => {
    if (shown?.plane !== undefined) showLines(shown.plane);
  }).observe(diagram);
  return { element, isShown: ({ plane }) => plane !== undefined, update };
}

function ends(from: number, name: string, to: number): Node[] {
  return [short(from), name, short(to)].map((text) => h('span', {}, text));
}

function describeUnit(columns: readonly UnitColumn[], names: readonly string[], column: number, unit: number): string {
  if (column === 0) return `Input ${names[unit]}`;
  const { bias, weights } = (columns[column] as UnitColumn).units[unit] as Unit;
  const isLast = column === columns.length - 1;
  const parts = weights.map((weight, input) => `${column === 1 ? names[input] : `unit ${input + 1}`} ${short(weight)}`);
  return `${isLast ? 'Output' : `Layer ${column}, unit`} ${unit + 1}: bias ${short(bias)}, weights ${parts.join(', ')}`;
}

/** The values at the samples, as somebody would read them off the picture. */
function describeSamples(
  { size, from, to }: Plane,
  values: Pick<Unit, 'map' | 'low' | 'high'> | undefined,
  samples: readonly Sample[],
): string {
  if (values === undefined) return '';
  const bytes = bytesOf(values.map);
  const read = samples.map(({ at, label }) => {
    const [column, row] = ([0, 1] as const).map((axis) => Math.floor((size * (at[axis] - from[axis])) / (to[axis] - from[axis]))) as [
      number,
      number,
    ];
    const byte = bytes[(size - 1 - row) * size + column] as number;
    return `at ${at.map(short).join(', ')} ${short(Number((values.low + (byte / 255) * (values.high - values.low)).toFixed(2)))}, target ${label}`;
  });
  return `: ${read.join('; ')}`;
}
