import { z } from 'zod';
import { pins } from '@meshrs/tools/pins';
import { LabFailure } from '../host/failure.ts';
import { run } from '../host/run.ts';

const answerSchema = z.object({ Dir: z.string() });

/** The folder of a Go module from which a tool was built, of that same version; Go fetches it when it is not there. */
export async function moduleFolder(build: string): Promise<string> {
  const pin = pins.goBuilds[build];
  if (!pin) throw new RangeError(`packages/tools/src/tools.json has no build "${build}"`);
  const text = await run(['go', 'mod', 'download', '-json', `${pin.module}@${pin.version}`], {
    timeoutMs: 300_000,
    next: 'Go 1.26 must be on PATH and reach its module proxy (GOPROXY); scripts/setup checks that',
  });
  const answer = answerSchema.safeParse(JSON.parse(text));
  if (answer.success) return answer.data.Dir;
  throw new LabFailure({
    code: 'refused',
    message: `"go mod download" names no folder for ${pin.module}@${pin.version}: ${text.trim()}`,
    next: 'run it by hand and look at what it says',
  });
}
