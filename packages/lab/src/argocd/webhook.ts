import { createHmac } from 'node:crypto';
import { LabFailure } from '../host/failure.ts';
import { untilAnswered } from '../host/until-answered.ts';

/** What a push changed. */
export interface Push {
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The body of GitHub's event "push", as far as Argo CD reads it (GitHub documentation, "Webhook events and payloads").
 */
export function pushPayload(repositoryUrl: string, { branch, before, after, added, modified, removed }: Push): string {
  return JSON.stringify({
    ref: `refs/heads/${branch}`,
    before,
    after,
    repository: { html_url: repositoryUrl.replace(/\.git$/, ''), default_branch: branch },
    commits: [{ id: after, added, modified, removed }],
  });
}

/** The header by which the receiver knows the sender: HMAC-SHA256 over the body. */
export function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Tells Argo CD of a push, as a git server does; a push that it is told of twice is looked at twice, and no more. */
export async function sendWebhook(server: string, secret: string, body: string): Promise<void> {
  await untilAnswered(() => trySending(server, secret, body), {
    what: `POST ${server}/api/webhook`,
    next: 'read the log of argocd-server: meshrs lab logs LAB argocd-server',
  });
}

async function trySending(server: string, secret: string, body: string): Promise<void> {
  const response = await fetch(`${server}/api/webhook`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': signatureOf(secret, body),
    },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  if (response.ok) return;
  throw new LabFailure({
    code: 'refused',
    message: `Argo CD's webhook answers with status ${String(response.status)}: ${(await response.text()).slice(0, 500)}`,
    next: 'read the log of argocd-server: meshrs lab logs LAB argocd-server',
  });
}
