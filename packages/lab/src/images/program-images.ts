import { readFileSync } from 'node:fs';
import { pins } from '@meshrs/tools/pins';
import type { Tools } from '../tools.ts';
import type { ImageContent } from './image-archive.ts';

/** Holds the namespaces of a pod. */
export const pauseImage = 'localhost/meshrs-lab/pause:1';

/**
 * Images of one static program each, made here and fetched from no registry. MetalLB's have the names that its own chart
 * gives them, so that the chart's objects need no change.
 */
export function programImages(tools: Tools): ImageContent[] {
  return programs(tools).map(({ name, program, file }) => ({
    name,
    files: [{ path: program, mode: 0o755, content: readFileSync(file) }],
    entrypoint: [`/${program}`],
  }));
}

/** Image, name of its program, and the program's file. */
export function programs(tools: Tools): { name: string; program: string; file: string }[] {
  const metallb = pins.goBuilds['metallb']?.version ?? '';
  return [
    { name: pauseImage, program: 'pause', file: tools.pause },
    { name: `quay.io/metallb/controller:${metallb}`, program: 'controller', file: tools['metallb-controller'] },
    { name: `quay.io/metallb/speaker:${metallb}`, program: 'speaker', file: tools['metallb-speaker'] },
  ];
}
