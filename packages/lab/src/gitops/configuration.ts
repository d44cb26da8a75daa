import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConfigMaps } from '../argocd/upstream.ts';
import { parseObjects } from '../kubernetes/objects.ts';

/**
 * What the lab sets besides: a sync that waits in vain ends soon, yet not before a side that waits for its clients (150 s)
 * and the gate after it have done so. Argo CD looks again by itself every half minute: seen
 * with 3.2.11, it can miss that a definition has become Healthy, and without that look the first sync would stay there.
 */
const ofTheLab: ConfigMaps = {
  'argocd-cm': { 'timeout.reconciliation': '30s', 'timeout.reconciliation.jitter': '0s' },
  'argocd-cmd-params-cm': { 'server.insecure': 'true', 'controller.sync.timeout.seconds': '360' },
};

const configMapSchema = z.object({
  kind: z.literal('ConfigMap'),
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()),
});

/** Argo CD's configuration: the ConfigMaps that are generated for a cluster, and the lab's own over them. */
export function argoCdConfiguration(clusterFolder: string): ConfigMaps {
  const folder = join(clusterFolder, 'argocd');
  const generated = readdirSync(folder).flatMap((file) =>
    parseObjects(readFileSync(join(folder, file), 'utf8')).map((object) => configMapSchema.parse(object)),
  );
  return generated.reduce<ConfigMaps>(
    (all, { metadata: { name }, data }) => ({ ...all, [name]: { ...data, ...all[name] } }),
    ofTheLab,
  );
}
