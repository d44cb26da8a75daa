import { join } from 'node:path';
import { z } from 'zod';
import { inNamespace } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
import type { Lab } from './lab.ts';

const script = `
const [url] = process.argv.slice(1);
const end = (answer) => process.stdout.write(JSON.stringify({ answer }));
fetch(url, { signal: AbortSignal.timeout(10000) })
  .then(async (response) => ({ status: response.status, body: await response.text() }))
  .then(end, () => end());
`;

const answerSchema = z.object({ answer: z.object({ status: z.number(), body: z.string() }).optional() });

export type HttpAnswer = NonNullable<z.output<typeof answerSchema>['answer']>;

/** GET from inside a namespace; undefined when nobody answers within 10 s. */
export async function getFrom(
  lab: Lab,
  namespace: string,
  { address, port, path }: { readonly address: string; readonly port: number; readonly path: string },
): Promise<HttpAnswer | undefined> {
  const node = join(lab.paths.repository, 'packages/tools/run-node');
  const argv = [node, '-e', script, `http://${address}:${String(port)}${path}`];
  return answerSchema.parse(JSON.parse(await run(inNamespace(namespace, argv)))).answer;
}
