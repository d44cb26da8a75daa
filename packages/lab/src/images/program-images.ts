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
  const metallb = pins.goBuilds['metallb']?.version ?? '';
  return [
    image(pauseImage, 'pause', tools.pause),
    image(`quay.io/metallb/controller:${metallb}`, 'controller', tools['metallb-controller']),
    image(`quay.io/metallb/speaker:${metallb}`, 'speaker', tools['metallb-speaker']),
  ];
}

function image(name: string, program: string, file: string): ImageContent {
  return {
    name,
    files: [{ path: program, mode: 0o755, content: readFileSync(file) }],
    entrypoint: [`/${program}`],
  };
}
