import { join } from 'node:path';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import { frrK8sImage, frrToolsImage } from '../plan/image-names.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';
import type { Tools } from '../lab/tools.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';

/** The chart lets ten seconds pass before it looks whether a pod is ready; a lab is waited for. */
const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 2 };
/** A machine that is busy answers late; that must not restart what holds the sessions. */
const livenessProbe = { failureThreshold: 30 };
const probes = { readinessProbe, livenessProbe };
const common = { controller: probes, speaker: { ...probes, frr: { enabled: false } } };

/** Values of MetalLB's chart for each (charts/metallb/values.yaml, and those of the frr-k8s chart in it). */
export const backendValues: Readonly<Record<MetallbBackend, object>> = {
  native: { ...common, frrk8s: { enabled: false } },
  'frr-k8s': {
    ...common,
    frrk8s: { enabled: true },
    'frr-k8s': { frrk8s: { ...probes, image: split(frrK8sImage), frr: { image: split(frrToolsImage) } } },
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

function split(image: string): { repository: string; tag: string } {
  const colon = image.lastIndexOf(':');
  return { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}
