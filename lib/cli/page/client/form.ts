import type { FormData } from '../../serve/form-page';
import { card, h, setText } from './dom';
import { type Field, field, rowField } from './field';
import { percent, short } from './format';

/* The form of a served model: a field for each column, and what the model says of them. */

const data = JSON.parse((document.getElementById('data') as HTMLElement).textContent as string) as FormData;
const { schema } = data;
const fields: Field[] = schema === undefined ? [rowField(data.inputSize)] : schema.columns.map(field);

const answer = h('div', { class: 'answer', role: 'status' });
const curl = h('pre');
const form = h(
  'form',
  { novalidate: true },
  h('div', { class: 'fields' }, ...fields.map(({ element }) => element)),
  h('button', { class: 'primary' }, 'Predict'),
);
const target = schema === undefined ? 'outputs' : schema.target.name;
const heading = h('header', {}, h('div', {}, h('h1', {}, data.title), h('p', { class: 'subtitle' }, `predicts ${target}`)));
const links = ['schema', 'health', 'metrics'].map((name) => h('a', { href: `/${name}` }, `/${name}`));
document.body.prepend(
  h('main', {}, heading, card('Try it', form), card('Prediction', answer), card('The same from elsewhere', curl)),
  h('footer', {}, 'Made by Chainrule. ', ...links.flatMap((link) => [link, ' '])),
);
setText(answer, 'Fill in the fields and press Predict.');

function record(): unknown {
  if (schema === undefined) return fields[0]?.read();
  return Object.fromEntries(fields.flatMap(({ name, read }) => [[name, read()]]).filter(([, value]) => value !== undefined));
}

function showCurl(): void {
  const body = JSON.stringify(record()).replaceAll("'", "'\\''");
  setText(curl, `curl ${location.origin}/predict -H 'content-type: application/json' -d '${body}'`);
}

async function predict(): Promise<void> {
  for (const { complain } of fields) complain('');
  let response: Response;
  try {
    response = await fetch('/predict', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(record()) });
  } catch {
    return setText(answer, 'The server does not answer.');
  }
  const body = (await response.json()) as Answer;
  if (body.error !== undefined) return showError(body.error);
  answer.replaceChildren(...shown(body));
}

interface Answer {
  value?: number;
  label?: string;
  probabilities?: Record<string, number>;
  outputs?: number[];
  error?: { message: string; column?: string };
}

function showError({ message, column }: NonNullable<Answer['error']>): void {
  const at = fields.find(({ name }) => name === column);
  at?.complain(message);
  at?.focus();
  answer.replaceChildren(h('p', { class: 'wrong-input' }, message));
}

function shown({ value, label, probabilities, outputs }: Answer): Node[] {
  if (value !== undefined) return [h('p', { class: 'big' }, short(value))];
  if (outputs !== undefined) return [h('p', { class: 'big' }, outputs.map(short).join(', '))];
  const rows = Object.entries(probabilities ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => {
      const bar = h('span', { class: name === label ? 'bar own' : 'bar' });
      bar.style.width = `${100 * share}%`;
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, name),
        h('td', { class: 'bars', 'aria-hidden': 'true' }, bar),
        h('td', {}, percent(share)),
      );
    });
  return [h('p', { class: 'big' }, label), h('table', { class: 'wide' }, h('tbody', {}, ...rows))];
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void predict();
});
form.addEventListener('input', showCurl);
showCurl();
