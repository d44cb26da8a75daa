import {
  afterSteps,
  holdBack,
  holdBackNeighbors,
  type FrrConfig,
  type PlannedChange,
  type RejectedChange,
} from '@meshrs/router-config/frr';
import type { EngineChange } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { EngineFailure } from '../engine/engine-failure.ts';
import type { Hearing } from './bmp/hearing.ts';
import { carryOut, mostTries } from './carry-out.ts';
import type { Sparing } from './spare-sessions.ts';
import type { VtySession } from './vty-session.ts';

/** What bgpd runs beside its configuration, and goes and comes with its router. */
export type RouterListener = Pick<Hearing, 'ensure' | 'release'>;

/** Where a change is carried out, and how far it has come. */
export interface Bringing {
  readonly session: VtySession;
  readonly listener: RouterListener;
  readonly spare: Pick<Sparing, 'plan' | 'isOld'>;
  readonly signal: AbortSignal;
  /** What runs, after each step that was carried out. */
  config: FrrConfig;
  readonly changes: EngineChange[];
  commandCount: number;
}

/** Each costs an undo, and a plan; a configuration with more is wrong as a whole. */
const mostRejections = 100;

/** One message names as many. */
const mostNamed = 20;

/** Hundreds of clients that come back by their range at each try are not to hold up the rest: after so many, each is cleared less often. */
const patientFor = 20;
const impatientTries = 2;

/**
 * Makes what runs equal to what is desired, as far as the sessions of clients and bgpd let it: a change that it rejects is undone and held back with
 * what depends on it, and the rest goes on. So it does past clients that come back by their range whenever they are cleared, however many
 * they are. Resolves with the failure, which names all that was rejected.
 */
export async function bring(desired: FrrConfig, on: Bringing): Promise<EngineFailure | undefined> {
  const rejections: EngineFailure[] = [];
  const tried = new Set<string>();
  const back: CameBack[] = [];
  let target: FrrConfig | undefined = desired;
  while (target) {
    const plan = await planSparing(target, on);
    if (plan instanceof EngineFailure) return plan;
    const known = back.length;
    const end = await carryOutAll(plan, on, back);
    if (end === 'done') break;
    target = holdBackNeighbors(
      on.config,
      target,
      back.slice(known).map(({ rejected }) => rejected),
    );
    if (end === 'old' || !target) continue;
    const { failure, step } = end;
    if (failure.code !== 'command-rejected') return failure;
    rejections.push(failure);
    const { change } = step;
    const { operation: line } = failure;
    const name = [change.kind, change.group, change.subject, line].join(' ');
    // Held back and planned all the same: nothing else is to be hoped for.
    if (tried.has(name) || rejections.length >= mostRejections) break;
    tried.add(name);
    target = holdBack(on.config, target, { change, line });
  }
  return together([...rejections, ...back.map(({ failure }) => failure)]);
}

/** A client that could not be made a configured neighbor, since it came back by its range at each try. */
interface CameBack {
  readonly failure: EngineFailure;
  readonly rejected: RejectedChange;
}

/** Who has sessions may have to be asked for. */
async function planSparing(target: FrrConfig, on: Bringing): Promise<readonly PlannedChange[] | EngineFailure> {
  try {
    return await on.spare.plan(on.config, target);
  } catch (failure) {
    if (failure instanceof EngineFailure) return failure;
    throw failure;
  }
}

/**
 * Up to the first step that fails, or that would end sessions by a plan that is old. The first step of a plan goes in any case, so that
 * each plan leads on. Clients that come back at each try are added to `back` and passed over: no other step needs theirs.
 */
async function carryOutAll(
  steps: readonly PlannedChange[],
  on: Bringing,
  back: CameBack[],
): Promise<'done' | 'old' | { readonly step: PlannedChange; readonly failure: EngineFailure }> {
  // Thousands of steps are about one neighbor each: they come into the configuration together.
  const done: Pick<PlannedChange, 'leaves'>[] = [];
  const running = (): FrrConfig => {
    on.config = afterSteps(on.config, done.splice(0));
    return on.config;
  };
  try {
    for (const [index, step] of steps.entries()) {
      if (index > 0 && step.resets.kind !== 'none' && on.spare.isOld()) return 'old';
      const { change, leaves } = step;
      try {
        if (leaves.kind === 'other') running();
        const asn = on.config.router?.asn;
        const after = leaves.kind === 'other' ? afterSteps(on.config, [step]) : on.config;
        if (asn !== undefined && !after.router) await on.listener.release(on.session, asn, on.signal);
        const tries = back.length < patientFor ? mostTries : impatientTries;
        const around = { asn: after.router?.asn ?? asn, before: running };
        const { count, cameBack } = await carryOut(on.session, around, step, on.signal, tries);
        on.commandCount += count;
        if (cameBack) {
          back.push({ failure: cameBack, rejected: { change, line: cameBack.operation } });
          // One that was to be made anew is gone by then.
          if (change.kind === 'neighbor-changed') on.changes.push({ ...change, kind: 'neighbor-removed' });
          // Of a neighbor the subject is its address.
          done.push({ leaves: { kind: 'neighbor', address: change.subject as IpAddress, neighbor: undefined } });
        } else {
          done.push(step);
          on.changes.push(change);
        }
      } catch (failure) {
        if (!(failure instanceof EngineFailure)) throw failure;
        return { step, failure };
      }
    }
    return 'done';
  } finally {
    running();
  }
}

function together([first, ...others]: readonly EngineFailure[]): EngineFailure | undefined {
  if (!first || others.length === 0) return first;
  const { code, engine, operation, retryable } = first;
  const shown = others.slice(0, mostNamed).map((other) => `"${other.operation}"`);
  const names = [...shown, ...(others.length > mostNamed ? [`${String(others.length - mostNamed)} more`] : [])].join(
    ', ',
  );
  return new EngineFailure(`${first.message} Rejected and undone, too: ${names}.`, {
    code,
    engine,
    operation,
    retryable,
    cause: first,
  });
}
