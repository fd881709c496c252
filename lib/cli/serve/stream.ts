import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BodyLimits, parseJson, readLines, within } from './body';
import { HttpError } from './http-error';
import type { Metrics } from './metrics';
import type { Predicting } from './predicting';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  limits: BodyLimits;
  model: Predicting;
  metrics: Metrics;
}

/** Lines that are predicted together. */
const linesAtOnce = 256;

interface Line {
  line: number;
  text: Buffer;
}

/**
 * Answers NDJSON line by line, in order, while it comes. A wrong line has an error in its place and harms no other. All lines are answered by
 * the model that the first one met.
 */
export async function answerLines({ request, response, limits, model, metrics }: Exchange): Promise<void> {
  const write = async (answers: readonly unknown[]): Promise<void> => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-content-type-options': 'nosniff' });
    const text = answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
    // A client that does not read must not hold its lines in memory for ever.
    if (!response.write(text)) await within(Promise.race([once(response, 'drain'), once(response, 'close')]), limits.ms);
  };
  const answer = (line: Line): Promise<unknown> =>
    answerLine(line, model).catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error;
      metrics.errors.add({ code: error.code });
      return { error: { ...error.body.error, line: line.line } };
    });

  let lines: Promise<unknown>[] = [];
  const flush = async (): Promise<void> => {
    const answers = await Promise.all(lines);
    lines = [];
    await write(answers);
  };
  for await (const line of readLines(request, limits)) {
    lines.push(answer(line));
    if (lines.length === linesAtOnce) await flush();
  }
  await flush();
  response.end();
}

function answerLine({ line, text }: Line, model: Predicting): Promise<unknown> {
  return Promise.resolve().then(() => model.one(parseJson(text, `line ${line}`), true));
}
