import type { RunResult } from '../../../host/run.ts';

/** What came of a command. */
export type HandAnswer =
  | { readonly kind: 'done' }
  /** By a policy of the interlock, with its message. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No eviction now, or its pod has not ended in time: `kubectl drain` waits and tries again. */
  | { readonly kind: 'not now' }
  /** What an earlier command took is not there, or there already. */
  | { readonly kind: 'nothing to do' }
  /** By the schema of the turn, or since the mesh's Service has no VIP, before any policy is asked. */
  | { readonly kind: 'invalid' }
  /** By a webhook of MetalLB, which lets nobody delete what is in use. */
  | { readonly kind: 'refused by MetalLB' }
  | { readonly kind: 'unknown'; readonly text: string };

/** How kube-apiserver tells a policy's refusal (admission/plugin/policy/validating/plugin.go). */
const refusal = /ValidatingAdmissionPolicy '[^']+' with binding '[^']+' denied request: (.+)/;

export function answerOf({ status, stdout, stderr }: RunResult): HandAnswer {
  if (status === 0) return { kind: 'done' };
  const text = `${stderr}${stdout}`.trim();
  const message = refusal.exec(text)?.[1];
  if (message !== undefined) return { kind: 'refused', message };
  if (text.includes('disruption budget') || /unable to drain node .*: context deadline exceeded/.test(text))
    return { kind: 'not now' };
  if (/\(NotFound\)|\(AlreadyExists\)|not found|no last revision to roll back to/.test(text))
    return { kind: 'nothing to do' };
  if (/^The (Turn|Service) "[^"]+" is invalid: spec/.test(text)) return { kind: 'invalid' };
  if (/admission webhook "[^"]*\.metallb\.io" denied the request/.test(text)) return { kind: 'refused by MetalLB' };
  return { kind: 'unknown', text };
}

/**
 * Every way in which a refusal does not help who gets it: it names who asks, says what cannot be and why, and in a sentence
 * of its own what to do.
 */
export function messageProblems(message: string, user: string): string[] {
  const sentences = message.split(/(?<=\.) (?=[A-Z])/);
  return [
    ...(message.includes(` by ${user}: `) || message.includes(`, which ${user} writes, `)
      ? []
      : ['it does not name who asks']),
    ...(sentences.length > 1 ? [] : ['it does not say what to do']),
    ...(sentences.every((sentence) => sentence.trimEnd().endsWith('.')) ? [] : ['it is cut off']),
    ...(message.includes('\n') ? ['it has several lines'] : []),
  ].map((problem) => `${problem}: ${message}`);
}
