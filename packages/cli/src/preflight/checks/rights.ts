import type { RightFacts } from '../facts.ts';
import { unknown, listed, ok, warn, type PreflightRow } from '../row.ts';

/** What a person does by hand before and for the first sync. */
export function decideRights(rights: readonly RightFacts[]): readonly PreflightRow[] {
  const check = 'own-rights';
  const denied = rights.filter(({ isAllowed }) => isAllowed.isKnown && !isAllowed.value).map(({ what }) => what);
  const notTold = rights.find(({ isAllowed }) => !isAllowed.isKnown)?.isAllowed;
  if (notTold && !notTold.isKnown) return [unknown(check, notTold)];
  return denied.length === 0
    ? [ok(check, 'you may do what the first sync needs a person for')]
    : [warn(check, `you may not ${listed(denied)}`, 'ask who may, or get the rights')];
}
