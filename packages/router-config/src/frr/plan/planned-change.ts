import type { EngineChange } from '@meshrs/contract';
import type { IpAddress, IpPrefix } from '@meshrs/network';
import type { FrrConfig, Neighbor } from '../config.ts';
import type { OwnerReaction } from '../rows/owner.ts';
import type { Statement } from '../statements.ts';

/** A step from one configuration to the next; it is carried out whole or undone. */
export interface PlannedChange {
  readonly change: EngineChange;
  /** The sessions that bgpd resets because of it; `change.resets` is its kind. */
  readonly resets: SessionsReset;
  readonly commands: readonly PlannedCommand[];
  /** What runs when the step is done (`afterSteps`): a difference, since thousands of steps are about one neighbor each. */
  readonly leaves: Leaves;
}

/** What a step makes of what ran before it. */
export type Leaves =
  /** One neighbor is this, in its place or at the end; undefined: it is gone. */
  | { readonly kind: 'neighbor'; readonly address: IpAddress; readonly neighbor: Neighbor | undefined }
  | { readonly kind: 'other'; readonly of: (before: FrrConfig) => FrrConfig };

export interface PlannedCommand extends Statement {
  /** A rejection is no failure: what the command ends may not be there. */
  readonly mayBeRejected?: boolean;
}

/** Sessions that end, and come back when what remains lets them. */
export type SessionsReset =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'neighbor';
      readonly address: IpAddress;
      /** Not whatever it is: only when it has come from a listen range, or has sent more prefixes than it may now. */
      readonly only?: 'from-range' | 'over-limit';
      /** The statements that do it, in an operator's words; none when the neighbor comes or goes. */
      readonly because: readonly string[];
    }
  /** The clients that came from the range; declared ones in it stay. */
  | { readonly kind: 'range'; readonly prefix: IpPrefix; readonly group: string }
  | {
      readonly kind: 'group';
      readonly group: string;
      /** Only those that have sent more prefixes than they may now. */
      readonly only?: 'over-limit';
      /** None when the group goes. */
      readonly because: readonly string[];
    }
  | { readonly kind: 'all'; readonly because: readonly string[] };

export const resetsNone: SessionsReset = { kind: 'none' };

/** A change whose `resets` says the same as the sessions. */
export function planned(change: Omit<EngineChange, 'resets'>, rest: Omit<PlannedChange, 'change'>): PlannedChange {
  return { change: { ...change, resets: rest.resets.kind }, ...rest };
}

export function groupReset(group: string, { reaction, because }: OwnerReaction): SessionsReset {
  if (reaction === 'none') return resetsNone;
  return { kind: 'group', group, because, ...(reaction === 'over-limit' && { only: reaction }) };
}

export function neighborReset(address: IpAddress, { reaction, because }: OwnerReaction): SessionsReset {
  if (reaction === 'none') return resetsNone;
  return { kind: 'neighbor', address, because, ...(reaction === 'over-limit' && { only: reaction }) };
}
