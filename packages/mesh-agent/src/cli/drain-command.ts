import {
  drainBounds,
  drainOutcomes,
  drainRequestText,
  drainByHandSeconds,
  type DrainRequester,
  type DrainTimes,
} from '@meshrs/contract';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { hasAnswer, seenRequest } from '../drain/drain-files.ts';
import { AgentFailure, systemCode } from '../failure.ts';
import { largestRefusal, readRefusal, type ToldRefusal } from '../drain/refusal.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import type { AgentPaths } from '../paths.ts';
import { drainResponse } from '../requests/operator-requests.ts';
import { askSidecar } from '../requests/send-request.ts';
import { readSettingsFile } from '../settings/read-settings-file.ts';
import { requireRequestsFolder } from './requests-folder.ts';
import { waitInFolder } from './wait-for.ts';

const largestAnswer = 10_000;
/** The agent writes why right after it has taken the request away. */
const refusalSeconds = 0.5;
const takenClients = { clients: z.array(z.string()), clientCount: z.number() };
/** What the agent leaves for those who wait (`drain-files.ts`), as far as it is told here. */
const answerSchema = z.object({
  requestedBy: z.string(),
  // What a Date can be.
  drainedAtMs: z.number().min(0).max(8.64e15),
  outcome: z.enum(drainOutcomes),
  takes: z
    .object({ ...takenClients, unknown: z.object(takenClients).optional(), areUnknown: z.literal(true).optional() })
    .optional(),
});

/**
 * Asks for the drain as the engine's preStop does, by a file in the pod's shared volume, and waits for the answer.
 * @throws AgentFailure `agent-not-running`, `drain-incomplete`, `drain-not-answered`, `drain-refused`, `drain-taken-back`, `file-not-written`,
 * `folder-not-found`
 */
export async function drainAndWait(
  paths: AgentPaths,
  { out }: { readonly out: (text: string) => void },
  { by = 'mesh-agent drain', isForced = false }: { readonly by?: string; readonly isForced?: boolean } = {},
): Promise<number> {
  requireRequestsFolder(paths, 'drain');
  await requireSidecar(paths);
  // The agent goes by the settings in force, which need not be those of the file; where nobody knows any, no drain is longer.
  const ofFile = await timesOf(paths.settings);
  const seconds = drainByHandSeconds((await timesOf(paths.keptSettings)) ?? ofFile ?? longestTimes);
  if (!ofFile) {
    out(
      'The settings file cannot be read, or is refused; the drain goes by the settings in force (/status: settings.refused).\n',
    );
  }
  const refusedBefore = refusalText(paths);
  const before = ask(paths, { cause: 'command', by, ...(isForced && { forced: true }) });
  if (before) out(`A drain was asked for before, by ${before.by}; waiting for it, up to ${String(seconds)} s.\n`);
  if (before && isForced && before.forced !== true) {
    out('Your --force does not count for it: "mesh-agent undrain" takes it back, and then you can ask with --force.\n');
  }
  if (!before)
    out(`Asked for the drain; the other route servers are asked first. It takes up to ${String(seconds)} s.\n`);
  const end = await waitInFolder(paths.requestsFolder, seconds, () => {
    if (hasAnswer(paths.drainDone)) return 'drained';
    return existsSync(paths.drainRequest) ? undefined : 'taken-back';
  });
  if (end === 'drained') {
    out(`${describeAnswer(readSmallFile(paths.drainDone, largestAnswer) ?? '')}\n`);
    return 0;
  }
  const refusal = end === 'taken-back' ? await newRefusal(paths, refusedBefore) : undefined;
  if (refusal) throw refused(refusal);
  throw end === 'taken-back' ? takenBack() : notAnswered(paths.drainDone, seconds);
}

const askMs = 5000;

/**
 * A request that nobody reads would drain a route server hours later. A sidecar that is busy, or another version of it, reads it.
 * @throws AgentFailure `agent-not-running`
 */
async function requireSidecar({ agentSocket }: AgentPaths): Promise<void> {
  try {
    await askSidecar(agentSocket, { kind: 'drain' }, drainResponse, askMs);
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure) || thrown.code === 'agent-not-running') throw thrown;
  }
}

const longestTimes: DrainTimes = {
  gracefulShutdownSeconds: drainBounds.gracefulShutdownSeconds.max,
  ceaseSeconds: drainBounds.ceaseSeconds.max,
  holdSeconds: drainBounds.holdSeconds.max,
};

/** Undefined: no right settings stand there. It is no reason to refuse a drain; how long to wait is all that is asked. */
async function timesOf(file: string): Promise<DrainTimes | undefined> {
  try {
    const reading = await readSettingsFile(file);
    return reading.ok ? reading.settings.drain : undefined;
  } catch (thrown) {
    if (thrown instanceof AgentFailure) return undefined;
    throw thrown;
  }
}

/** The request that lies there already stays as it is: who asked first, asked. Returns who that was. */
function ask(paths: AgentPaths, requester: DrainRequester): DrainRequester | undefined {
  const draft = `${paths.drainRequest}.${String(process.pid)}`;
  try {
    // An answer of before: the agent writes it again where it still holds.
    rmSync(paths.drainDone, { force: true });
    writeFileSync(draft, `${drainRequestText(requester)}\n`);
    // The whole text or none, and only where no request is.
    linkSync(draft, paths.drainRequest);
    return undefined;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return seenRequest(paths);
    throw new AgentFailure(
      `The request ${paths.drainRequest} cannot be written (${systemCode(cause)}). Run this in the container where "mesh-agent sidecar" runs.`,
      { code: 'file-not-written', operation: 'drain', retryable: false, cause },
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @throws AgentFailure `drain-incomplete`, `agent-answer-not-understood` */
function describeAnswer(text: string): string {
  const { data, error } = answerSchema.safeParse(parseJson(text));
  if (!data) {
    throw new AgentFailure(
      `The agent gave an answer that is not understood: ${JSON.stringify(text.slice(0, 120))}. "drain" in /status says how far the drain is.`,
      { code: 'agent-answer-not-understood', operation: 'drain', retryable: false, cause: error },
    );
  }
  const at = `${new Date(data.drainedAtMs).toISOString().slice(11, 19)}Z for ${data.requestedBy}`;
  if (data.outcome === 'complete') {
    return `Drained at ${at}: clients got GRACEFUL_SHUTDOWN, then Cease.${taken(data.takes)}`;
  }
  throw new AgentFailure(
    `Not drained at ${at}: the engine did not answer in time, or refused, so GRACEFUL_SHUTDOWN or Cease was not sent; sessions that still stand end by their hold time. Still asked for, and the agent goes on trying; "mesh-agent undrain" takes it back.`,
    { code: 'drain-incomplete', operation: 'drain', retryable: true },
  );
}

function taken(takes: z.output<typeof answerSchema>['takes']): string {
  if (!takes) return '';
  const { clients, clientCount, unknown, areUnknown } = takes;
  const lines = [
    ...(clientCount > 0
      ? [`${clientsWithout(clientCount)} no session with another side: ${listed(clients, clientCount)}.`]
      : []),
    ...(unknown ? [`${notKnown(unknown.clientCount)}: ${listed(unknown.clients, unknown.clientCount)}.`] : []),
    ...(areUnknown ? ['whether clients have a session with another side could not be asked in time.'] : []),
  ];
  return lines.map((line) => `\nForced: ${line}`).join('');
}

function notKnown(count: number): string {
  return `whether ${count === 1 ? '1 client has' : `${String(count)} clients have`} a session with another side is not known`;
}

/** Undefined: none. What is too large, or no file, is nobody's reason. */
function refusalText({ drainRefused }: AgentPaths): string | undefined {
  try {
    return existsSync(drainRefused) ? readSmallFile(drainRefused, largestRefusal) : undefined;
  } catch (thrown) {
    if (thrown instanceof AgentFailure) return undefined;
    throw thrown;
  }
}

/** Another one than lay there before, and not a later one: a wall clock may step back. Where room is short it comes a moment late. */
async function newRefusal(paths: AgentPaths, before: string | undefined): Promise<ToldRefusal | undefined> {
  const end = await waitInFolder(paths.requestsFolder, refusalSeconds, () => {
    const text = refusalText(paths);
    return text === undefined || text === before ? undefined : text;
  });
  return end === undefined ? undefined : readRefusal(end);
}

function refused({ why, clients, clientCount, unknown, requestedBy }: ToldRefusal): AgentFailure {
  const who = [
    ...(clientCount > 0
      ? [
          ` ${clientsWithout(clientCount)} no session with another side that stays: ${listed(namesOf(clients), clientCount)}.`,
        ]
      : []),
    ...(unknown
      ? [
          ` ${notKnown(unknown.clientCount).replace('w', 'W')}: ${listed(namesOf(unknown.clients), unknown.clientCount)}.`,
        ]
      : []),
  ].join('');
  return new AgentFailure(
    `The drain that ${requestedBy} asked for is refused, and the route server serves. ${why}${who} Bring these sessions up, or the other side back ("pnpm meshrs status" shows both), and ask again; "mesh-agent drain --force" takes them all the same.`,
    { code: 'drain-refused', operation: 'drain', retryable: true },
  );
}

function namesOf(clients: ToldRefusal['clients']): readonly string[] {
  return clients.map(({ address, name }) => (name === undefined ? address : `${name} (${address})`));
}

function clientsWithout(count: number): string {
  return count === 1 ? '1 client has' : `${String(count)} clients have`;
}

function listed(clients: readonly string[], count: number): string {
  const rest = count - clients.length;
  return `${clients.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller reports the text itself.
    return undefined;
  }
}

function takenBack(): AgentFailure {
  return new AgentFailure(
    'The drain was taken back before it was done: by "mesh-agent undrain", because the engine started again, or refused where no room was for the reason (the log of the agent has it: drain-refused). Ask again when you still want it.',
    { code: 'drain-taken-back', operation: 'drain', retryable: true },
  );
}

function notAnswered(file: string, seconds: number): AgentFailure {
  return new AgentFailure(
    `There was no answer at ${file} within ${String(seconds)} s. Does the sidecar run, and does its engine answer? Its log says how far the drain is; the request stays, and "mesh-agent undrain" takes it back.`,
    { code: 'drain-not-answered', operation: 'drain', retryable: true },
  );
}
