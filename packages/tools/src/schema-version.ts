import type { Pins, SchemaSetPin } from './pins.ts';

/** The version of the module that a schema set is made from: its own, or the one of a build. */
export function versionOf(folder: string, set: SchemaSetPin, pins: Pins): string {
  const version = set.version ?? pins.goBuilds[set.versionOf ?? '']?.version;
  if (version === undefined) {
    throw new TypeError(
      `packages/tools/src/tools.json: schema set ${folder} has no "version", and its "versionOf" (${set.versionOf ?? 'missing'}) names no build; there are: ${Object.keys(pins.goBuilds).join(', ')}`,
    );
  }
  return version;
}
