import {
  acceptPeers,
  firstMemory,
  isSameDoubt,
  withoutSource,
  type GroupMemory,
  type SourceReading,
  type MeshGroup,
  type NoPeerRule,
  type PeersByGroup,
} from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { Doubt, MeshGroupSettings, MeshSource, MeshSourceType } from '@meshrs/contract';
import { startTimer } from '../async/timer.ts';
import { describeFailure } from '../failure.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { firstShown } from '../log/shown-lists.ts';
import type { PeerSource } from '../sources/source.ts';

/** How a group's source does. */
export interface GroupHealth {
  readonly group: string;
  readonly sourcetype: MeshSourceType;
  readonly source: string;
  readonly published: readonly IpAddress[];
  readonly hasAnswered: boolean;
  readonly doubt?: Doubt;
  readonly doubtSinceMs?: number;
  readonly lastLookMs?: number;
  readonly lastAnswerMs?: number;
  /** What its last answer says and nobody understands: the first of it, by name. */
  readonly notUnderstood?: readonly string[];
  readonly notUnderstoodCount?: number;
}

export interface MeshGroupsOptions {
  readonly startSource: (source: MeshSource) => PeerSource;
  readonly own: () => readonly IpAddress[];
  /** Why no other route server can have this address, by the settings that are in force; undefined: one can. */
  readonly whyNoPeer: NoPeerRule;
  /** The mesh neighbors that the engine has: what a group begins with. */
  readonly configured: () => PeersByGroup;
  readonly log: Log;
  readonly now: () => number;
  readonly secondLookMs: number;
  /** Called when the published peers of a group may have changed, or a group answered for the first time. */
  readonly onChange: () => void;
  readonly onLook: (group: string, result: 'taken' | Doubt['kind']) => void;
}

/** The mesh groups with their sources, and what each source's answers are worth. */
export interface MeshGroups {
  /** Starts, stops and replaces sources, so that they are those of the settings. */
  configure(groups: readonly MeshGroupSettings[]): void;
  /** The engine has been met, and `configured` is what it has; before this nothing is known, and looks wait. */
  seed(): void;
  published(): readonly MeshGroup[];
  health(): readonly GroupHealth[];
  close(): void;
}

interface Group {
  settings: MeshGroupSettings;
  source: PeerSource;
  stop: AbortController;
  memory: GroupMemory | undefined;
  /** A look from before the memory was there. */
  waitingLook: SourceReading | undefined;
  doubtSinceMs: number | undefined;
  lastLookMs: number | undefined;
  lastAnswerMs: number | undefined;
  notUnderstood: readonly string[];
  secondLook: NodeJS.Timeout | undefined;
}

/** A source that stopped, which it must not, is started again after this time. */
const restartMs = 1000;

/** Long: what happens to a group is told as a look, a doubt and a second look, over one table of groups. */
export function createMeshGroups(options: MeshGroupsOptions): MeshGroups {
  const { log, now } = options;
  const groups = new Map<string, Group>();
  let hasMet = false;

  return {
    configure: (wanted) => {
      const names = new Set(wanted.map(({ name }) => name));
      const going = [...groups.values()].filter(({ settings }) => !names.has(settings.name));
      for (const group of going) {
        stop(group);
        groups.delete(group.settings.name);
      }
      for (const settings of wanted) configureOne(settings, names, going);
      options.onChange();
    },
    seed: () => {
      if (hasMet) return;
      hasMet = true;
      for (const group of groups.values()) {
        group.memory = beginning(group.settings, new Set(groups.keys()));
        if (group.waitingLook) accept(group, group.waitingLook);
        group.waitingLook = undefined;
      }
      options.onChange();
    },
    published: () =>
      [...groups.values()].map(({ settings, memory }) => ({
        name: settings.name,
        published: memory?.good ?? [],
        ...(settings.max_peers !== undefined && { maximumPeers: settings.max_peers }),
        ...(memory && memory.noPeers.length > 0 && { noPeers: memory.noPeers }),
        // A list that a person wrote says itself by which addresses.
        ...(memory &&
          settings.source.sourcetype !== 'static' && { servers: memory.servers, ownFamilies: memory.ownFamilies }),
      })),
    health: () => [...groups.values()].map(toHealth),
    close: () => {
      for (const group of groups.values()) stop(group);
      groups.clear();
    },
  };

  function configureOne(settings: MeshGroupSettings, names: ReadonlySet<string>, going: readonly Group[]): void {
    const known = groups.get(settings.name);
    if (known && isSameSource(known.settings.source, settings.source)) {
      known.settings = settings;
      return;
    }
    if (known) stop(known);
    const group: Group = {
      settings,
      source: options.startSource(settings.source),
      stop: new AbortController(),
      memory: memoryOf(known),
      waitingLook: undefined,
      doubtSinceMs: undefined,
      lastLookMs: undefined,
      lastAnswerMs: undefined,
      notUnderstood: [],
      secondLook: undefined,
    };
    groups.set(settings.name, group);
    void run(group);

    function memoryOf(before: Group | undefined): GroupMemory | undefined {
      if (before?.memory) return withoutSource(before.memory);
      // It was renamed: the source is the same, and what it has said counts on.
      const renamed = going.find(({ settings: { source } }) => isSameSource(source, settings.source));
      return renamed?.memory ?? (hasMet ? beginning(settings, names) : undefined);
    }
  }

  /**
   * A group that is added later, or put back, begins with what the engine has of it then. One that it has nothing of may be
   * the new name of the one that goes: until its source has answered, it keeps that one's.
   * @param names of all groups of the settings
   */
  function beginning({ name, source }: MeshGroupSettings, names: ReadonlySet<string>): GroupMemory {
    const byGroup = options.configured();
    const going = Object.keys(byGroup).filter((group) => !names.has(group));
    const coming = [...names].filter((group) => byGroup[group] === undefined);
    // Where more go or come, nobody knows which is the new name of which.
    const before = going.length === 1 && coming.length === 1 ? going[0] : undefined;
    const configured = byGroup[name] ?? (before === undefined ? undefined : byGroup[before]) ?? [];
    const isCertain = source.sourcetype === 'static';
    return firstMemory(configured.filter((address) => options.whyNoPeer(address, { isCertain }) === undefined));
  }

  /** Keeps a source running; it stops by itself only through a fault of the agent. */
  async function run(group: Group): Promise<void> {
    const { signal } = group.stop;
    try {
      await group.source.run((look) => {
        if (!signal.aborted) receive(group, look);
      }, signal);
    } catch (thrown) {
      log.error('source-stopped', { group: group.settings.name, failure: describeFailure(thrown) });
      setTimeout(() => {
        if (!signal.aborted) void run(group);
      }, restartMs).unref();
    }
  }

  function receive(group: Group, look: SourceReading): void {
    group.lastLookMs = now();
    if (look.kind === 'answer') {
      group.lastAnswerMs = group.lastLookMs;
      tellOdd(group, look.notUnderstood ?? []);
    }
    if (group.memory) accept(group, look);
    else group.waitingLook = look;
  }

  function accept(group: Group, look: SourceReading): void {
    const before = group.memory ?? firstMemory([]);
    const { name, maximumLeavingPercent, manyLeavingSeconds } = group.settings;
    const { whyNoPeer, secondLookMs } = options;
    const rules = {
      own: options.own(),
      whyNoPeer,
      maximumLeavingPercent,
      secondLookMs,
      manyLeavingMs: manyLeavingSeconds * 1000,
    };
    const accepted = acceptPeers(before, look, rules, now());
    group.memory = accepted.memory;
    tellDoubt(group, before.doubt);
    options.onLook(name, accepted.memory.doubt?.kind ?? 'taken');
    clearTimeout(group.secondLook);
    if (accepted.lookAgainAtMs !== undefined) {
      // A timer may fire a millisecond early, and the look would then not count as the second one.
      group.secondLook = startTimer(
        () => {
          group.source.lookAgain();
        },
        Math.max(0, accepted.lookAgainAtMs - now()) + 5,
      );
    }
    if (accepted.joined.length > 0 || accepted.left.length > 0 || isOtherwiseNew(before, accepted.memory)) {
      options.onChange();
    }
  }

  /** Each once, for as long as it is said. */
  function tellOdd(group: Group, said: readonly string[]): void {
    const before = new Set(group.notUnderstood);
    const added = said.filter((odd) => !before.has(odd));
    group.notUnderstood = said;
    if (added.length === 0) return;
    const { settings, source } = group;
    const facts = { group: settings.name, source: source.description };
    log.warn('source-not-understood', { ...facts, ...firstOf('notUnderstood', added) });
  }

  /** One line when a doubt begins or becomes another one, and one when it ends. */
  function tellDoubt(group: Group, before: Doubt | undefined): void {
    const doubt = group.memory?.doubt;
    if (isSameDoubt(before, doubt)) return;
    group.doubtSinceMs = doubt && now();
    const facts = { group: group.settings.name, source: group.source.description };
    if (doubt) log.warn('source-doubted', { ...facts, doubt, kept: group.memory?.good.length });
    else log.info('source-recovered', facts);
  }
}

/** The first answer, and what decides beside the addresses which of them are used and which are named as left out. */
function isOtherwiseNew(before: GroupMemory, after: GroupMemory): boolean {
  return (
    !before.hasAnswered ||
    JSON.stringify(before.noPeers) !== JSON.stringify(after.noPeers) ||
    before.ownFamilies.join() !== after.ownFamilies.join() ||
    [...after.servers].some(([address, server]) => before.servers.get(address) !== server)
  );
}

function stop(group: Group): void {
  clearTimeout(group.secondLook);
  group.stop.abort();
}

function isSameSource(one: MeshSource, other: MeshSource): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function toHealth(group: Group): GroupHealth {
  const { settings, source, memory, waitingLook, lastLookMs, lastAnswerMs, notUnderstood } = group;
  // Before the engine is met a look is not decided about; that the source answered, or did not, is known all the same.
  const heldBack = waitingLook?.kind === 'failure' ? waitingLook : undefined;
  const doubt: Doubt | undefined = heldBack
    ? { kind: 'source-failed', code: heldBack.code, message: heldBack.message }
    : memory?.doubt;
  const doubtSinceMs = heldBack ? lastLookMs : group.doubtSinceMs;
  return {
    group: settings.name,
    sourcetype: settings.source.sourcetype,
    source: source.description,
    published: memory?.good ?? [],
    hasAnswered: memory?.hasAnswered ?? waitingLook?.kind === 'answer',
    ...(notUnderstood.length > 0 && {
      notUnderstood: firstShown(notUnderstood),
      notUnderstoodCount: notUnderstood.length,
    }),
    ...(doubt && { doubt }),
    ...(doubtSinceMs !== undefined && { doubtSinceMs }),
    ...(lastLookMs !== undefined && { lastLookMs }),
    ...(lastAnswerMs !== undefined && { lastAnswerMs }),
  };
}
