import { createInterface } from 'node:readline/promises';
import { Failure } from '@meshrs/tools/failure';

/** Lets a person type the name of the fleet, or takes it from the command line. @throws Failure when it is another */
export async function confirmFleet(
  fleet: string,
  warning: string,
  {
    typed,
    isInteractive,
    say,
  }: { readonly typed: string | undefined; readonly isInteractive: boolean; readonly say: (line: string) => void },
): Promise<void> {
  if (typed === undefined && !isInteractive) {
    throw new Failure({
      code: 'not-confirmed',
      message: `${warning} Nobody is at the terminal to confirm that.`,
      next: `give the name of the fleet: --confirm ${fleet}`,
    });
  }
  const answer = typed ?? (await ask(fleet, warning, say));
  if (answer.trim() === fleet) return;
  throw new Failure({
    code: 'not-confirmed',
    message: `"${answer.trim().slice(0, 100)}" is not the name of the fleet, ${fleet}; nothing was opened.`,
    next: `look whether this is the fleet that you mean: kubectl get turns`,
  });
}

async function ask(fleet: string, warning: string, say: (line: string) => void): Promise<string> {
  say(warning);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(`Type the name of the fleet (${fleet}) to go on: `);
  } finally {
    reader.close();
  }
}
