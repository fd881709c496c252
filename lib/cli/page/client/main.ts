import type { Command, Curves, Message, PageData, Points } from '../data';
import { curvesSection } from './curves';
import { h } from './dom';
import { header } from './header';
import { layersSection } from './layers';
import { networkSection } from './network';
import { resultSections } from './results';

/* The page: a report with its data inside, or live, told by the events of a server. */

const inside = JSON.parse((document.getElementById('data') as HTMLElement).textContent as string) as PageData | null;
// The address may lack its last slash.
const base = `${location.pathname.replace(/\/$/, '')}/`;

const top = header(inside === null ? send : undefined);
const sections = [networkSection(), ...resultSections(), curvesSection(), layersSection()];
const gone = h('p', { class: 'gone', role: 'alert' }, 'The program has ended. The page stays as it was.');
gone.hidden = true;
document.body.prepend(
  h('main', {}, top.element, gone, ...sections.map(({ element }) => element)),
  h('footer', {}, 'Made by Chainrule. Everything on this page is inside it: nothing is loaded from elsewhere.'),
);
for (const { element } of sections) element.hidden = true;

let data: PageData | undefined;
let isDue = false;

/** Draws what has changed, at most once a frame. */
function show(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (data === undefined) return;
    top.update(data);
    for (const { element, isShown, update } of sections) {
      element.hidden = !isShown(data);
      if (!element.hidden) update(data);
    }
  });
}

function receive({ set, append }: Message): void {
  data = { ...(data as PageData), ...set };
  if (append !== undefined) extend(data.curves, append);
  show();
}

function extend(curves: Curves, { from, epoch, learningRate, charts }: Points): void {
  const put = (values: unknown[], more: readonly unknown[]): void => {
    values.splice(from, values.length, ...more);
  };
  put(curves.epoch, epoch);
  put(curves.learningRate, learningRate);
  for (const { name, training, validation } of charts) {
    const chart = curves.charts.find((known) => known.name === name);
    if (chart?.training !== undefined && training !== undefined) put(chart.training, training);
    if (chart?.validation !== undefined && validation !== undefined) put(chart.validation, validation);
  }
}

function send(command: Command): void {
  fetch(`${base}command`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(command) }).catch(() => {
    gone.hidden = false;
  });
}

if (inside !== null) {
  data = inside;
  show();
} else {
  const events = new EventSource(`${base}events`);
  events.addEventListener('message', ({ data: text }) => {
    gone.hidden = true;
    receive(JSON.parse(text as string) as Message);
  });
  events.addEventListener('error', () => {
    gone.hidden = false;
  });
}
