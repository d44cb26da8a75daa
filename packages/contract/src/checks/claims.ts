import { formatPath, type Finding, type Path } from '@meshrs/strict-yaml';

/** Something named by its place, for "X is used by both A and B". */
export interface Claim<V extends string = string> {
  readonly path: Path;
  /** What stands there: "the VIP of side a". */
  readonly owner: string;
  /** What nobody else may have. */
  readonly value: V;
}

/** A finding at every claim on a value that an earlier claim has already. */
export function claimedTwice<Code extends string, C extends Claim>(
  claims: readonly C[],
  describe: (claim: C, first: C) => Pick<Finding<Code>, 'code' | 'message' | 'allowed' | 'hint'>,
): Finding<Code>[] {
  const firstClaims = new Map<string, C>();
  const findings: Finding<Code>[] = [];
  for (const claim of claims) {
    const first = firstClaims.get(claim.value);
    if (first) findings.push({ path: claim.path, seen: claim.value, ...describe(claim, first) });
    else firstClaims.set(claim.value, claim);
  }
  return findings;
}

/** "a, b and c"; of more than four "a, b, c and 7 more". */
export function listWords(words: readonly string[]): string {
  if (words.length > 4) return `${words.slice(0, 3).join(', ')} and ${String(words.length - 3)} more`;
  const last = words.at(-1) ?? 'none';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}

export const at = formatPath;
