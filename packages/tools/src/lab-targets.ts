import type { Pins } from './pins.ts';
import { ToolFailure } from './tool-failure.ts';

/** What the named targets need. */
export interface LabCommands {
  readonly commands: readonly string[];
  /** FRR is no command, but a folder: scripts/frr. */
  readonly needsFrr: boolean;
}

export function labTargets(pins: Pins): string[] {
  return [...Object.keys(pins.labTargets), 'frr'].sort();
}

export function commandsOf(targets: readonly string[], pins: Pins): LabCommands {
  const known = labTargets(pins);
  const unknown = targets.filter((target) => target !== 'all' && !known.includes(target));
  if (unknown.length > 0) {
    throw new ToolFailure({
      code: 'unknown-tool',
      message: `target "${unknown.join('", "')}" is unknown; there are: all, ${known.join(', ')}`,
      next: 'name one of these',
    });
  }
  const wanted = targets.flatMap((target) => (target === 'all' ? labTargets(pins) : [target]));
  return {
    commands: [...new Set(wanted.flatMap((target) => pins.labTargets[target] ?? []))],
    needsFrr: wanted.includes('frr'),
  };
}
