import { appendFileSync } from 'node:fs';
import { gobgpConnector } from '../gobgp/client.ts';
import { fromPaths, fromPeerEvent } from './gobgp-observations.ts';
import type { Observation } from './observation.ts';

/*
 * Writes down everything that the GoBGP clients see of their neighbors, a line of JSON each.
 *
 *   observer-main.ts FOLDER-OF-GOBGP'S-MODULE FILE CLIENT=SOCKET...
 *
 * It ends with status 1 when a client's daemon goes away: a record with a gap would prove nothing.
 */
const [moduleFolder = '', file = '', ...clients] = process.argv.slice(2);
const connectTo = gobgpConnector(moduleFolder);

for (const argument of clients) {
  const [client = '', socket = ''] = argument.split('=');
  connectTo(socket).watch({
    onPeer: (peer) => {
      const observation = fromPeerEvent(client, peer, now());
      if (observation) write([observation]);
    },
    onPaths: (paths) => {
      write(fromPaths(client, paths, now()));
    },
    onEnd: (error) => {
      process.stderr.write(`the observation of ${client} has ended: ${error?.message ?? 'its daemon said goodbye'}\n`);
      process.exit(1);
    },
  });
}

/** Wall-clock time with the fractions of the monotonic clock. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function write(observations: readonly Observation[]): void {
  appendFileSync(file, observations.map((observation) => `${JSON.stringify(observation)}\n`).join(''));
}
