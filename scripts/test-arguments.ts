// What scripts/test may be asked for; pure.

export interface TestPlan {
  readonly withLint: boolean;
  readonly withTests: boolean;
  readonly withLab: boolean;
}

const plans: Readonly<Record<string, TestPlan>> = {
  '': { withLint: true, withTests: true, withLab: false },
  lab: { withLint: true, withTests: true, withLab: true },
  '--only-lab': { withLint: false, withTests: false, withLab: true },
  '--only-lint': { withLint: true, withTests: false, withLab: false },
};

/** What the arguments ask for, or why they cannot be used. */
export function readTestArguments(args: readonly string[]): TestPlan | { readonly refused: string } {
  const [word = ''] = args;
  const isKnown = args.length === 0 || (args.length === 1 && word !== '' && Object.hasOwn(plans, word));
  const plan = isKnown ? plans[word] : undefined;
  if (plan !== undefined) return plan;
  const allowed = Object.keys(plans).filter((name) => name !== '');
  return { refused: `seen:    ${args.join(' ')}\n  allowed: nothing, or one of ${allowed.join(', ')}` };
}

/** When all has to be over, in milliseconds since 1970, from seconds; without an end, never. */
export function readUntil(text: string | undefined): number | { readonly refused: string } {
  if (text === undefined) return Infinity;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return { refused: `seen:    MESHRS_TEST_UNTIL="${text}"\n  allowed: seconds since 1970, as "date +%s" prints them` };
}
