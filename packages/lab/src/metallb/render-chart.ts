import { join } from 'node:path';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';
import type { Tools } from '../tools.ts';

/** MetalLB's BGP implementations that the lab can run. */
export type MetallbBackend = 'native';

/** The chart lets ten seconds pass before it looks whether a pod is ready; a lab is waited for. */
const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 2 };

/** Values of MetalLB's chart for each (charts/metallb/values.yaml). */
const backendValues: Readonly<Record<MetallbBackend, object>> = {
  native: {
    controller: { readinessProbe },
    speaker: { readinessProbe, frr: { enabled: false } },
    frrk8s: { enabled: false },
  },
};

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
