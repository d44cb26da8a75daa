import type { HoldVerdict } from '@meshrs/gate';

export interface MissingInLook {
  /** The first of them, as the look lists them. */
  readonly listed: HoldVerdict['missing'];
  readonly count: number;
}

/** Clients that are known to have no session elsewhere that stays. */
export function lackingIn(verdict: HoldVerdict): MissingInLook {
  return missingIn(verdict, (kind) => !isUnknown[kind]);
}

/** Clients of which nobody knows whether they have one. */
export function notKnownIn(verdict: HoldVerdict): MissingInLook {
  return missingIn(verdict, (kind) => isUnknown[kind]);
}

type Kind = HoldVerdict['missing'][number]['reason']['kind'];

const isUnknown: Readonly<Record<Kind, boolean>> = {
  'no-session': false,
  leaving: false,
  'without-routes': false,
  // A route server that may have them could not be read.
  'not-readable': true,
  // A session is established there, and no message came yet since somebody listens (decision 68).
  'not-heard': true,
};

export function missingIn({ missing, more }: HoldVerdict, isOf: (kind: Kind) => boolean = () => true): MissingInLook {
  const listed = missing.filter(({ reason }) => isOf(reason.kind));
  const others = [...more].flatMap(([kind, count]) => (isOf(kind) ? [count] : []));
  return { listed, count: others.reduce((sum, count) => sum + count, listed.length) };
}
