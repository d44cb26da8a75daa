import type { Engine } from '@meshrs/contract';
import { crpdPod } from './crpd.ts';
import type { EnginePod } from './engine-pod.ts';
import { frrPod } from './frr.ts';

/** The pod of a route server by its engine. */
export const enginePods: Readonly<Record<Engine, EnginePod>> = { crpd: crpdPod, frr: frrPod };
