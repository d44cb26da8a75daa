import { refusedByFrrK8s } from '../meaning/broken-frr-k8s.ts';
import { welcomeObjects } from '../meaning/welcome-objects.ts';
import type { Editable } from './built.ts';

/** FRRConfigurations of the user's, applied one after the other, and whether frr-k8s refuses the last one. */
export interface FrrConfigurations {
  readonly what: string;
  readonly objects: readonly Editable[];
  readonly isRefused: boolean;
}

/** What `check` refuses of them by itself, and what it takes. */
export const frrConfigurations: readonly FrrConfigurations[] = [
  ...refusedByFrrK8s.map(({ what, resources }) => ({ what, objects: resources, isRefused: true })),
  ...welcomeObjects
    // What is welcome beside a patch is not what it is by itself.
    .filter(({ base, patches }) => base === undefined && patches.length === 0)
    .filter(({ resources }) => resources.every(({ kind }) => kind === 'FRRConfiguration'))
    .map(({ what, resources }) => ({ what, objects: resources, isRefused: false })),
];
