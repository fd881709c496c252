import type { Command, PageData, Status } from '../data';
import { h, setAttributes, setText } from './dom';
import { count, duration } from './format';

const words: Record<Status['state'], string> = {
  waiting: 'waiting',
  training: 'training',
  paused: 'paused',
  done: 'done',
  stopped: 'stopped',
  aborted: 'aborted',
  failed: 'failed',
};

/** Speeds in epochs per second; null: as fast as possible. */
const speeds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, null];

/** The title, how far training is, and the buttons. */
export function header(send: ((command: Command) => void) | undefined): { element: HTMLElement; update(data: PageData): void } {
  const title = h('h1');
  const subtitle = h('p', { class: 'subtitle' });
  const state = h('span', { class: 'state', role: 'status' });
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Epochs' });
  const numbers = h('span', { class: 'numbers' });
  const message = h('p', { class: 'message', role: 'status' });
  const facts = h('dl', { class: 'facts' });

  const button = (text: string, hint: string, command: () => Command, kind = ''): HTMLButtonElement => {
    const element = h('button', { type: 'button', title: hint, class: kind }, text);
    element.addEventListener('click', () => send?.(command()));
    return element;
  };
  let isPaused = false;
  const pause = button('Pause', 'Space', () => ({ do: isPaused ? 'resume' : 'pause' }));
  const step = button('Step', 'One epoch: the S key', () => ({ do: 'step' }));
  const speed = h('input', { type: 'range', min: 0, max: speeds.length - 1, step: 1, 'aria-label': 'Speed' });
  const speedText = h('output', {});
  const showSpeed = (): void => {
    const perSecond = speeds[Number(speed.value)];
    const text = perSecond === null ? 'full speed' : `${perSecond} epochs/s`;
    setText(speedText, text);
    setAttributes(speed, { 'aria-valuetext': text });
  };
  speed.addEventListener('input', () => {
    showSpeed();
    send?.({ do: 'speed', speed: speeds[Number(speed.value)] ?? null });
  });
  const stop = button('Stop', 'End now, and keep the best so far', () => ({ do: 'stop' }));
  const abort = button('Abort', 'End now, and keep nothing', () => ({ do: 'abort' }), 'danger');
  const pacing = h('div', { class: 'pacing' }, pause, step, h('label', {}, 'Speed ', speed, speedText));
  const controls = h('div', { class: 'controls' }, pacing, h('div', { class: 'ending' }, stop, abort));
  controls.hidden = true;

  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const isTaken = event.ctrlKey || event.metaKey || event.altKey || target.closest('button, input, summary, a') !== null;
    if (isTaken || pacing.hidden || controls.hidden) return;
    if (event.key === ' ') pause.click();
    else if (event.key === 's') step.click();
    else return;
    event.preventDefault();
  });

  function update({ title: name, subtitle: below, status, facts: all, controls: has }: PageData): void {
    setText(title, name);
    document.title = `${name} · Chainrule`;
    setText(subtitle, below ?? '');
    subtitle.hidden = below === undefined;
    setText(state, words[status.state]);
    setAttributes(state, { 'data-state': status.state });
    const share = status.epochs > 0 ? status.epoch / status.epochs : 0;
    bar.value = share;
    bar.hidden = status.state !== 'training' && status.state !== 'paused';
    setText(numbers, progressOf(status));
    setText(message, status.message ?? '');
    message.hidden = status.message === undefined;
    const isRunning = status.state === 'training' || status.state === 'paused';
    controls.hidden = send === undefined || has === undefined || !isRunning;
    pacing.hidden = has?.pace !== true;
    isPaused = status.state === 'paused';
    setText(pause, isPaused ? 'Resume' : 'Pause');
    const index = speeds.findIndex((known) => known === (has?.speed ?? null));
    if (document.activeElement !== speed && index >= 0) speed.value = String(index);
    showSpeed();
    const text = all.map(({ name: key, value }) => `${key}\t${value}`).join('\n');
    if (facts.dataset.shown !== text) {
      facts.dataset.shown = text;
      facts.replaceChildren(
        ...all.map(({ name: key, value }) => h('div', {}, h('dt', {}, key), h('dd', { class: value.length > 50 ? 'long' : '' }, value))),
      );
    }
  }

  const progress = h('div', { class: 'progress' }, state, numbers, bar);
  return { element: h('header', {}, h('div', { class: 'titles' }, title, subtitle), progress, message, controls, facts), update };
}

function progressOf({ state, phase, epoch, epochs, seconds, secondsLeft }: Status): string {
  if (state === 'waiting') return phase ?? 'for training to begin';
  const parts = [
    phase,
    state === 'training' || state === 'paused' ? `epoch ${count(epoch)} of ${count(epochs)}` : `${count(epoch)} epochs`,
    duration(seconds),
    secondsLeft !== undefined && state === 'training' ? `at most ${duration(secondsLeft)} left` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}
