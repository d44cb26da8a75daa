import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';

/** What the git server and Argo CD share, so that nobody else can tell of a push. */
export function makeWebhookSecret(lab: Lab): string {
  const secret = randomBytes(24).toString('base64url');
  writeFileSync(fileOf(lab), secret, { mode: 0o600 });
  return secret;
}

export function readWebhookSecret(lab: Lab): string {
  return readFileSync(fileOf(lab), 'utf8');
}

function fileOf(lab: Lab): string {
  return join(lab.paths.keys, 'webhook');
}
