import { engines } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

/** A side's own image of an engine that runs nowhere: who wrote it waits for a version that never comes. */
export function checkSideImages({ routeServers: { engine }, sides }: Topology): Finding<CheckCode>[] {
  return Object.entries(sides).flatMap(([side, { images }]) =>
    engines.flatMap((other): Finding<CheckCode>[] => {
      const image = images[other];
      if (other === engine || image === undefined) return [];
      return [
        {
          code: 'image-without-effect',
          path: ['sides', side, 'images', other],
          message: `No route server runs ${other}: the engine of this fleet is ${engine}.`,
          seen: image,
          allowed: `${engine} or agent`,
          hint: `write ${engine} instead, or remove the line`,
        },
      ];
    }),
  );
}
