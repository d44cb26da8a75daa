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
    title: 'Two topologies have one name',
    why: 'Both would write the same folder under base/.',
  },
  'reserved-side-name': {
    severity: 'error',
    title: 'The name of the side is taken',
    why: 'overlays/<cluster>/custom belongs to the user; nothing generated may stand there.',
  },
  'position-names-equal': {
    severity: 'error',
    title: 'Two anycast loopbacks differ only in capital letters',
    why: 'Kubernetes names have none: their BGPPeers would be one object.',
  },
  'namespace-shared': {
    severity: 'error',
    title: 'The route servers and MetalLB have one namespace',
    why: "The namespace enforces the route servers' Pod Security level, under which MetalLB's speakers cannot run.",
  },
  'engine-lacks': {
    severity: 'error',
    title: 'The engine cannot do this',
    why: 'The objects would be there, and nothing would answer behind them.',
  },
  'client-auth-not-carried': {
    severity: 'error',
    title: 'TCP authentication of clients does not reach the route servers',
    why: "The route servers' settings have no place for the key yet; without it every such session stays down.",
  },
} as const satisfies Record<string, CodeDescription>;

export type ManifestCode = keyof typeof manifestCodes;
