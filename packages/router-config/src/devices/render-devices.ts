import type { System, Topology } from '@meshrs/topology';
import { deviceFile } from './device-file.ts';
import { devicesOf } from './devices-of.ts';
import { whyNotMade, type NotMadeCode } from './not-made.ts';
import { devicesPage, type ListedDevice } from './readme.ts';
import { deviceSystems } from './systems/index.ts';

/** A file for a router or a client, or the page about all of them. */
export interface RenderedDevice {
  /** From the root of the repository, with "/". */
  readonly path: string;
  readonly text: string;
}

/** A device that no file is made for, and why. */
export interface NotRendered {
  readonly name: string;
  readonly system: System;
  readonly code: NotMadeCode;
}

export interface RenderedDevices {
  readonly files: readonly RenderedDevice[];
  readonly notRendered: readonly NotRendered[];
}

/**
 * The files of all routers and declared clients of a topology, and a page that lists them; `source` is its file: topologies/dci.yaml.
 */
export function renderDevices(source: string, topology: Topology): RenderedDevices {
  const fleet = fleetOf(source);
  const folder = `routers/${fleet}`;
  const files: RenderedDevice[] = [];
  const notRendered: NotRendered[] = [];
  const listed = devicesOf(fleet, topology).map((device): ListedDevice => {
    const { name, system } = device;
    const code = whyNotMade(device);
    const renderer = deviceSystems[system];
    if (code !== undefined || !renderer) {
      notRendered.push({ name, system, code: code ?? 'system-not-made' });
      return { device, file: undefined, code: code ?? 'system-not-made' };
    }
    const file = `${name}.${system}.${renderer.extension}`;
    const path = `${folder}/${file}`;
    files.push({ path, text: deviceFile(device, renderer, { path, source }) });
    return { device, file, code: undefined };
  });
  files.push({ path: `${folder}/README.md`, text: devicesPage(source, listed) });
  return { files, notRendered };
}

/** The name of a topology: "dci" of topologies/dci.yaml. */
export function fleetOf(source: string): string {
  return (source.split('/').at(-1) ?? source).replace(/\.ya?ml$/, '');
}
