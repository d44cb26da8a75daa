/** What a soak does to its two route servers, drawn from a seed: the same seed gives the same rounds. */
export type Side = 'a' | 'b';

export type SoakEvent =
  | { readonly kind: 'settings'; readonly side: Side; readonly extras: SettingsExtras }
  | { readonly kind: 'broken-settings'; readonly side: Side; readonly text: string }
  /** What the name server tells side a, and what Kubernetes' API tells side b: both route servers, and some of nobody. */
  | { readonly kind: 'dns'; readonly phantoms: number }
  | { readonly kind: 'endpoints'; readonly phantoms: number }
  /** The API, or the way to it, is silent or refuses for a time, or has forgotten what was. */
  | { readonly kind: 'api-silent' | 'api-refuses'; readonly seconds: number }
  | { readonly kind: 'api-forgets' }
  | { readonly kind: 'dns-silent'; readonly seconds: number }
  | { readonly kind: 'agent'; readonly side: Side; readonly signal: 'SIGKILL' | 'SIGTERM' }
  | { readonly kind: 'agent-stopped'; readonly side: Side; readonly seconds: number }
  | { readonly kind: 'engine'; readonly side: Side; readonly signal: 'SIGKILL' | 'SIGTERM' }
  | { readonly kind: 'engine-stopped'; readonly side: Side; readonly seconds: number }
  /** A drain that is taken back after so many seconds, wherever it has come to. */
  | { readonly kind: 'drain'; readonly side: Side; readonly seconds: number }
  /** The wall clock of the side's agent, against this machine's; the monotonic one goes on. */
  | { readonly kind: 'clock'; readonly side: Side; readonly aheadSeconds: number }
  | { readonly kind: 'hostile'; readonly side: Side; readonly attack: Attack; readonly victim: number };

/** Changes of the settings that reset no good client's session. */
export interface SettingsExtras {
  readonly hasSpareRange: boolean;
  readonly hasSpareAsns: boolean;
  readonly hasSpareNeighbor: boolean;
  readonly drainSeconds: number;
}

export const attacks = [
  'forged-maximum-prefix',
  'forged-down',
  'wrong-as',
  'over-maximum-prefix',
  'garbage',
  'idle-bgp-connections',
  'idle-http-connections',
  'idle-probe-connections',
] as const;
export type Attack = (typeof attacks)[number];

export type EventKind = SoakEvent['kind'];

/** Some seconds of trouble, after which all is quiet. */
export interface SoakRound {
  readonly number: number;
  readonly events: readonly { readonly afterMs: number; readonly event: SoakEvent }[];
}

export interface SoakLimits {
  readonly clients: number;
  /** Kinds of events, and attacks, that do not happen. */
  readonly without: readonly string[];
}

/** The side whose agent is never ended: its memory counts, from the beginning to the end. */
export const sideOfMemory: Side = 'b';

const clockSteps = [-3600, -60, 0, 60, 3600, 86_400] as const;
const brokenSettings = ['asn: 65000', 'asn: "65000"\nmode: nothing\n', '{', ''];
const eventsInRound = 8;
const longestPauseMs = 900;

export function planRound(number: number, random: () => number, limits: SoakLimits): SoakRound {
  const within = (count: number) => Math.floor(random() * count);
  const oneOf = <T>(list: readonly [T, ...T[]]): T => list[within(list.length)] ?? list[0];
  // One side at a time: what may cost sessions happens to this one alone.
  const disturbed = oneOf<Side>(['a', 'b']);
  const isAgentKept = disturbed === sideOfMemory;
  const draw: Readonly<Record<EventKind, () => SoakEvent>> = {
    settings: () => ({ kind: 'settings', side: oneOf(['a', 'b']), extras: drawExtras() }),
    'broken-settings': () => ({
      kind: 'broken-settings',
      side: oneOf(['a', 'b']),
      text: brokenSettings[within(brokenSettings.length)] ?? '',
    }),
    dns: () => ({ kind: 'dns', phantoms: within(6) }),
    'dns-silent': () => ({ kind: 'dns-silent', seconds: 1 + within(3) }),
    endpoints: () => ({ kind: 'endpoints', phantoms: within(6) }),
    'api-silent': () => ({ kind: 'api-silent', seconds: 1 + within(3) }),
    'api-refuses': () => ({ kind: 'api-refuses', seconds: 1 + within(2) }),
    'api-forgets': () => ({ kind: 'api-forgets' }),
    agent: () => ({ kind: 'agent', side: disturbed, signal: oneOf(['SIGKILL', 'SIGTERM']) }),
    'agent-stopped': () => ({ kind: 'agent-stopped', side: disturbed, seconds: 1 + within(4) }),
    engine: () => ({ kind: 'engine', side: disturbed, signal: oneOf(['SIGKILL', 'SIGTERM']) }),
    'engine-stopped': () => ({ kind: 'engine-stopped', side: disturbed, seconds: 1 + within(2) }),
    drain: () => ({ kind: 'drain', side: disturbed, seconds: 1 + within(6) }),
    clock: () => ({
      kind: 'clock',
      side: oneOf(['a', 'b']),
      aheadSeconds: clockSteps[within(clockSteps.length)] ?? 0,
    }),
    hostile: () => ({
      kind: 'hostile',
      side: oneOf(['a', 'b']),
      attack: attacks[within(attacks.length)] ?? attacks[0],
      victim: within(limits.clients),
    }),
  };
  const kinds = (Object.keys(draw) as EventKind[]).flatMap((kind) =>
    kind === 'hostile' ? [kind, kind, kind] : [kind],
  );
  const events: SoakRound['events'][number][] = [];
  let hasEngineEvent = false;
  while (events.length < eventsInRound) {
    const event = draw[kinds[within(kinds.length)] ?? 'settings']();
    const afterMs = within(longestPauseMs);
    if (limits.without.includes(nameOf(event)) || limits.without.includes(event.kind)) continue;
    if (isAgentKept && event.kind === 'agent') continue;
    const isOfEngine = event.kind === 'engine' || event.kind === 'engine-stopped' || event.kind === 'drain';
    // A second death while clients are still on their way back is another experiment; a new engine takes a drain back.
    if (isOfEngine && hasEngineEvent) continue;
    hasEngineEvent ||= isOfEngine;
    events.push({ afterMs, event });
  }
  return { number, events };

  function drawExtras(): SettingsExtras {
    return {
      hasSpareRange: random() < 0.5,
      hasSpareAsns: random() < 0.5,
      hasSpareNeighbor: random() < 0.5,
      drainSeconds: 1 + within(3),
    };
  }
}

/** What an event is called on the command line: an attack by its own name. */
export function nameOf(event: SoakEvent): string {
  switch (event.kind) {
    case 'hostile':
      return event.attack;
    case 'agent':
    case 'engine':
      return `${event.kind}-${event.signal}`;
    default:
      return event.kind;
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
