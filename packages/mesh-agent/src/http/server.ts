import type { Clock } from '../async/clock.ts';
import { agentPaths as httpPaths, ports, type AgentStatus, type AwayClient } from '@meshrs/contract';
import { atMostEvery, shareFor } from '../async/share.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import type { Log } from '../log/log.ts';
import { createClientsAnswer } from './clients-answer.ts';
import { jsonAnswer, textAnswer, type Answer, type LaterAnswer } from './answer.ts';
import { agentLimits, insideLimits, probeLimits } from './limits.ts';
import type { AgentMetrics } from './metrics.ts';
import { startListener } from './listener.ts';

export interface HttpOptions {
  readonly address: string;
  /** Where a port-forward arrives, see `insideAddress`; undefined: nobody listens for one. */
  readonly inside: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly readiness: () => AgentStatus['readiness'];
  /** Decides it anew. */
  readonly updateReadiness: () => void;
  readonly status: () => Promise<AgentStatus>;
  /** Whose sessions have ended a short time ago. */
  readonly away: () => readonly AwayClient[];
  /** Counts what makes the status another one. */
  readonly changes: () => number;
  readonly metrics: Pick<AgentMetrics, 'render' | 'contentType' | 'httpRefused'>;
  readonly droppedLogLines: () => number;
}

type Routes = Readonly<Record<string, () => Answer | LaterAnswer>>;

/** How long an answer that costs much is the same for all who ask, while nothing changes. */
const sharedMs = 1000;
/** How many of a list /readyz shows; /status has the rest. */
const shownOfList = 20;

/**
 * The read-only HTTP of the agent, on two ports: one for everybody, and one for the probes alone, so that nobody else's
 * load is theirs. The first also listens inside the pod, for whom no NetworkPolicy lets in and a port-forward brings; without
 * that, where another agent of the node's network has the place, the agent does all else. Resolves when they listen, with a
 * function that closes them.
 * @throws AgentFailure `address-not-available`
 */
export async function startHttpServer(options: HttpOptions): Promise<() => Promise<void>> {
  const { address, log, clock, metrics } = options;
  // Ten times a second at most: a flood of probes costs no more than one.
  const updateReadiness = atMostEvery(100, clock, options.updateReadiness);
  const probes: Routes = {
    [httpPaths.alive]: () => textAnswer(200, 'ok\n'),
    [httpPaths.ready]: () => {
      updateReadiness();
      const readiness = options.readiness();
      return jsonAnswer(readiness.isReady ? 200 : 503, {
        ...readiness,
        reasons: readiness.reasons.map((reason) => Object.fromEntries(Object.entries(reason).map(shortened))),
      });
    },
  };
  const all: Routes = {
    ...probes,
    [httpPaths.status]: shared(httpPaths.status, async () => jsonAnswer(200, await options.status())),
    [httpPaths.clients]: shared(httpPaths.clients, createClientsAnswer(clock, options.status, options.away)),
    [httpPaths.metrics]: shared(httpPaths.metrics, async () => {
      const text = await metrics.render(await options.status(), options.droppedLogLines());
      return { status: 200, contentType: metrics.contentType, body: Buffer.from(text) };
    }),
  };
  const common = { address, log, clock, onRefused: metrics.httpRefused };
  const started = await Promise.allSettled([
    startListener({
      ...common,
      name: 'probes',
      port: ports.probes,
      limits: probeLimits,
      answer: answerBy(probes, log),
    }),
    startListener({ ...common, name: 'agent', port: ports.agent, limits: agentLimits, answer: answerBy(all, log) }),
    startInside(options, answerBy(all, log)),
  ]);
  const close = async () => {
    await Promise.all(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value()] : [])));
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (!failed) return close;
  await close();
  throw failed.reason;

  function shared(path: string, make: () => Promise<Answer>): () => LaterAnswer {
    const makeShared = shareFor(sharedMs, clock, () => make().catch(failedAnswer(path, log)), options.changes);
    return () => ({ make: makeShared });
  }
}

async function startInside(
  { inside, log, clock, metrics }: HttpOptions,
  answer: (method: string, path: string) => Answer | LaterAnswer,
): Promise<() => Promise<void>> {
  const nothing = () => Promise.resolve();
  if (inside === undefined) return nothing;
  const common = { log, clock, answer, onRefused: metrics.httpRefused };
  try {
    return await startListener({
      ...common,
      ...{ name: 'agent', address: inside, port: ports.agent, limits: insideLimits },
    });
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    log.warn('http-not-inside', { address: inside, port: ports.agent, failure: describeFailure(thrown) });
    return nothing;
  }
}

function answerBy(routes: Routes, log: Log): (method: string, path: string) => Answer | LaterAnswer {
  return (method, path) => {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return textAnswer(404, `There is nothing at this path; there is ${Object.keys(routes).join(', ')}.\n`);
    if (method !== 'GET' && method !== 'HEAD') return textAnswer(405, 'Everything here is read-only; use GET.\n');
    try {
      return route();
    } catch (thrown) {
      return failedAnswer(path, log)(thrown);
    }
  };
}

function failedAnswer(path: string, log: Log): (thrown: unknown) => Answer {
  return (thrown) => {
    log.error('request-failed', { path, failure: describeFailure(thrown) });
    return textAnswer(500, 'The answer could not be made; the log says why.\n');
  };
}

/** An entry of an object, with no more of a list than a probe's reader takes in. */
function shortened([key, value]: [string, unknown]): [string, unknown] {
  return [key, Array.isArray(value) ? value.slice(0, shownOfList) : value];
}
