import { createSingleFlight } from '../async/single-flight.ts';
import { watchFolder } from '../files/watch-folder.ts';
import { readFleetFile, type FleetReading } from './read-fleet-file.ts';

/** Reads fleet.yml whenever something in its folder may have changed; a folder may come, and its file, at any time. */
export function watchFleet(
  paths: { readonly fleetFolder: string; readonly fleet: string },
  options: { readonly pollMs: number; readonly signal: AbortSignal },
  onReading: (reading: FleetReading) => void,
): void {
  let last: FleetReading | undefined;
  const flight = createSingleFlight(async () => {
    last = await readFleetFile(paths, last);
    if (!options.signal.aborted) onReading(last);
  });
  watchFolder(paths.fleetFolder, options, flight.request);
}
