import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';

/**
 * What makes a pod a gate. One that has passed is taken away at the end of its sync: were it still there, the next sync
 * would delete it first and then wait Argo CD's delay between waves, 2 s, before it makes the new one (gitops-engine,
 * sync_context.go). One that has failed stays until then, for its log.
 */
export const gateHook = {
  [argoCdAnnotations.hook]: 'Sync',
  [argoCdAnnotations.hookDeletePolicy]: 'BeforeHookCreation,HookSucceeded',
} as const;

/** What makes a pod the end of a sync that has succeeded (Argo CD documentation, "Sync Phases and Waves"). */
export const closingHook = { ...gateHook, [argoCdAnnotations.hook]: 'PostSync' } as const;
