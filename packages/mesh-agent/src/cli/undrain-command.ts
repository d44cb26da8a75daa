import { machineClock } from '../async/clock.ts';
import { removeRequest, seenRequest } from '../drain/drain-files.ts';
import type { Drain } from '../drain/drain-machine.ts';
import { createPause } from '../async/pause.ts';
import { AgentFailure, systemCode } from '../failure.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import type { AgentPaths } from '../paths.ts';
import { drainResponse } from '../requests/operator-requests.ts';
import { askSidecar } from '../requests/send-request.ts';
import { largestRecordBytes, readAgentRecord } from '../state/agent-record.ts';
import { requireRequestsFolder } from './requests-folder.ts';

/** How long the engine may take to let clients in again. */
const patienceSeconds = 30;
/** A sidecar answers at once, or after it has asked an engine that is busy. */
const askMs = 5000;
const pollMs = 200;
/** The preStop of a pod that ends looks each second whether its request is there; a busy node takes longer for that. */
const askAgainMs = 3000;

/**
 * Takes a drain back: removes the request, and waits until the sidecar says that the route server serves.
 * @throws AgentFailure `undrain-not-answered`, `file-not-written`, `folder-not-found`
 */
export async function undrainAndWait(
  paths: AgentPaths,
  { out }: { readonly out: (text: string) => void },
  seconds = patienceSeconds,
): Promise<number> {
  requireRequestsFolder(paths, 'undrain');
  const before = keptDrain(paths);
  const requester = seenRequest(paths) ?? (before && 'request' in before ? before.request : undefined);
  remove(paths);
  if (!requester && !(await isDrainedAllTheSame(paths))) {
    out('Nothing to take back: nobody has asked for a drain.\n');
    return 0;
  }
  const phase = before?.phase ?? 'not begun';
  // By its file, or by what came of it: who drained by hand may have asked before the pod's end began.
  const askers = [requester, before && 'request' in before ? before.request : undefined];
  const mayAskAgain = askers.some((each) => each?.cause === 'pre-stop');
  const end = await waitForItsWord(paths, seconds, mayAskAgain ? askAgainMs : 0);
  if (end === 'serving') {
    out(
      `Took back the drain that ${requester?.by ?? 'somebody'} asked for (it was ${phase}); the route server serves. It is Ready when its clients are back.\n`,
    );
    return 0;
  }
  throw end === 'asked-again' ? askedAgain(seenRequest(paths)?.by) : notAnswered(seconds);
}

/**
 * Its word is younger than the removal of the request. A record that says `serving` may be of before the drain: where the
 * folder is full, no newer one was written.
 */
async function waitForItsWord(
  paths: AgentPaths,
  seconds: number,
  leastMs: number,
): Promise<'serving' | 'asked-again' | undefined> {
  const sureMs = machineClock.monotonicMs() + leastMs;
  const untilMs = machineClock.monotonicMs() + seconds * 1000;
  for (;;) {
    // The preStop of an engine that ends asks again, a moment later: nothing takes that back.
    if (seenRequest(paths)) return 'asked-again';
    const leftMs = untilMs - machineClock.monotonicMs();
    if (leftMs <= 0) return undefined;
    const told = await askForDrain(paths, Math.min(leftMs, askMs));
    const isServing = told !== 'silent' && told !== 'not-there' && told.isServing;
    if (isServing && machineClock.monotonicMs() >= sureMs) return seenRequest(paths) ? 'asked-again' : 'serving';
    await createPause().wait(Math.min(pollMs, Math.max(0, leftMs)), new AbortController().signal);
  }
}

/** Nobody asks for a drain, and no record tells of one: a sidecar that cannot write one knows of it all the same. */
async function isDrainedAllTheSame(paths: AgentPaths): Promise<boolean> {
  const told = await askForDrain(paths, askMs);
  if (told === 'silent') throw notAnswered(askMs / 1000);
  return told !== 'not-there' && told.phase !== 'serving';
}

async function askForDrain({ agentSocket }: AgentPaths, waitMs: number) {
  try {
    const told = await askSidecar(agentSocket, { kind: 'drain' }, drainResponse, waitMs);
    return told.ok ? told : 'silent';
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return thrown.code === 'agent-not-running' ? 'not-there' : 'silent';
  }
}

/** How far the sidecar has come by its own record; undefined where it has none. */
function keptDrain(paths: AgentPaths): Drain | undefined {
  try {
    const text = readSmallFile(paths.agentState, largestRecordBytes);
    const read = readAgentRecord(text ?? '', machineClock.monotonicMs());
    return 'record' in read ? read.record.drain : undefined;
  } catch {
    // The sidecar says in its log why nobody can read it; without it, the wait says that there is no answer.
    return undefined;
  }
}

function remove(paths: AgentPaths): void {
  try {
    removeRequest(paths);
  } catch (cause) {
    throw new AgentFailure(
      `The request ${paths.drainRequest} cannot be removed (${systemCode(cause)}). Run this in the container where "mesh-agent sidecar" runs.`,
      { code: 'file-not-written', operation: 'undrain', retryable: false, cause },
    );
  }
}

function askedAgain(by = 'unknown'): AgentFailure {
  return new AgentFailure(
    `The drain was taken back, and asked for again by ${by}. A pod that ends asks until it has ended, and nothing takes that back; its next pod serves.`,
    { code: 'drain-asked-again', operation: 'undrain', retryable: false },
  );
}

function notAnswered(seconds: number): AgentFailure {
  return new AgentFailure(
    `The request is gone, and the sidecar has not said within ${String(seconds)} s that the route server serves. It takes the drain back as soon as it runs and its engine answers; its log says what hinders it.`,
    { code: 'undrain-not-answered', operation: 'undrain', retryable: true },
  );
}
