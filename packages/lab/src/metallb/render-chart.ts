import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import type { Tools } from '../tools.ts';

/** MetalLB's BGP implementations that the lab can run. */
export type MetallbBackend = 'native';

/** Values of MetalLB's chart for each (charts/metallb/values.yaml). */
const backendValues: Readonly<Record<MetallbBackend, object>> = {
  native: { speaker: { frr: { enabled: false } }, frrk8s: { enabled: false } },
};

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type RenderedObject = z.output<typeof objectSchema>;

/** The objects of MetalLB's own chart, of the version from which its programs were built. */
export async function renderMetallb(
  tools: Tools,
  namespace: string,
  backend: MetallbBackend,
): Promise<RenderedObject[]> {
  const chart = join(await moduleFolder('metallb'), 'charts/metallb');
  const text = await run(
    [tools.helm, 'template', 'metallb', chart, '--namespace', namespace, '--include-crds', '--values', '-'],
    { input: JSON.stringify(backendValues[backend]) },
  );
  return parseObjects(text);
}

/** The objects of a text of YAML documents; empty documents are none. */
export function parseObjects(text: string): RenderedObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [objectSchema.parse(value)];
  });
}
