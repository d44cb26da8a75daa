import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCluster } from '../lab/lab-cluster.ts';

/** What the git server and Argo CD share, so that nobody else can tell of a push. */
export function makeWebhookSecret(cluster: LabCluster): string {
  const secret = randomBytes(24).toString('base64url');
  writeFileSync(fileOf(cluster), secret, { mode: 0o600 });
  return secret;
}

export function readWebhookSecret(cluster: LabCluster): string {
  return readFileSync(fileOf(cluster), 'utf8');
}

function fileOf(cluster: LabCluster): string {
  return join(cluster.paths.keys, 'webhook');
}
