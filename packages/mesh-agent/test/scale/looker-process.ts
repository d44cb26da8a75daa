import http from 'node:http';
import { monotonicMs } from './crowd.ts';

/** Asks agents over HTTP from where the clients are; a test starts it there and talks to it over Node's IPC. */
export type LookRequest =
  | { readonly kind: 'get'; readonly url: string }
  /** From now on asks again and again, and tells of every answer that differs from the one before. */
  | { readonly kind: 'watch'; readonly url: string; readonly everyMs: number };

/** One answer to GET; status 0 when there was none. */
export interface Look {
  readonly status: number;
  readonly body: string;
  /** From the request to the last byte. */
  readonly milliseconds: number;
  /** Milliseconds of CLOCK_MONOTONIC at the end. */
  readonly at: number;
}

export type LookMessage = { readonly id: number; readonly look: Look } | { readonly url: string; readonly look: Look };

const timeoutMs = 10_000;

process.on('message', ({ id, request }: { id: number; request: LookRequest }) => {
  if (request.kind === 'get') {
    void look(request.url).then((seen) => {
      say({ id, look: seen });
    });
    return;
  }
  void watch(request);
  say({ id, look: { status: 0, body: '', milliseconds: 0, at: monotonicMs() } });
});
process.on('disconnect', () => {
  process.exit(0);
});

async function watch({ url, everyMs }: Extract<LookRequest, { kind: 'watch' }>): Promise<void> {
  for (;;) {
    say({ url, look: await look(url) });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function look(url: string): Promise<Look> {
  const started = monotonicMs();
  const done = (status: number, body: string): Look => {
    const at = monotonicMs();
    return { status, body, milliseconds: at - started, at };
  };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(url, { signal, agent: false }).on('response', resolve).on('error', reject);
    });
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
    return done(response.statusCode ?? 0, Buffer.concat(pieces).toString('utf8'));
  } catch (thrown) {
    return done(0, String(thrown));
  }
}

function say(message: LookMessage): void {
  process.send?.(message);
}
