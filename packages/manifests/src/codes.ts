import type { CodeDescription } from '@meshrs/strict-yaml';

/** What can be wrong with a topology that is valid, but of which no objects can be made. */
export const manifestCodes = {
  'fleet-name': {
    severity: 'error',
    title: 'The name of the file cannot be the name of a folder',
    why: 'The objects that all sides of a fleet share stand in base/<name of the file>.',
  },
  'fleet-twice': {
    severity: 'error',
    title: 'Two topology files have the same name',
    why: 'Both would write the same folder under base/.',
  },
  'reserved-side-name': {
    severity: 'error',
    title: 'The name of the side is reserved',
    why: 'overlays/<cluster>/custom belongs to the user, and the turn of a fleet has words that are no side.',
  },
  'position-names-equal': {
    severity: 'error',
    title: 'Two anycast loopbacks differ only in capital letters',
    why: 'Names in Kubernetes have no capital letters: both would make the same BGPPeer.',
  },
  'namespace-shared': {
    severity: 'error',
    title: 'The route servers and MetalLB share a namespace',
    why: "The namespace enforces the route servers' Pod Security level, under which MetalLB's speakers cannot run.",
  },
  'engine-lacks': {
    severity: 'error',
    title: 'The engine does not have what the topology sets',
    why: 'The objects would be generated, and nothing would answer behind them.',
  },
  'client-auth-not-carried': {
    severity: 'error',
    title: 'meshrs cannot configure TCP-MD5 for clients yet',
    why: "The route servers' settings have no place for a key yet; without it every session of the group stays down.",
  },
  'window-too-short': {
    severity: 'error',
    title: 'A window in which Argo CD may sync is shorter than a roll-out',
    why: 'The window would end between two sides: one is changed, the other waits, and the time of the sync runs on.',
  },
} as const satisfies Record<string, CodeDescription>;

export type ManifestCode = keyof typeof manifestCodes;
