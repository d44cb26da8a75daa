import type { System } from '@meshrs/topology';
import type { DeviceSystem } from '../device-system.ts';
import { eos } from './eos/index.ts';
import { frr } from './frr/index.ts';
import { iosxr } from './iosxr/index.ts';
import { junos } from './junos/index.ts';

/** By the name that a topology has; undefined: its files are not made yet. One that is missing is a type error. */
export const deviceSystems: Readonly<Record<System, DeviceSystem | undefined>> = {
  frr,
  junos,
  iosxr,
  eos,
  nxos: undefined,
  srlinux: undefined,
  nvue: undefined,
};
