import type { IpAddress } from '@meshrs/network';
import type { AgentRequest, ListedEviction } from '../requests/protocol.ts';
import { sendRequest } from '../requests/send-request.ts';

interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Prints the evictions in force. Resolves with the exit code. */
export async function listEvictions(socket: string, output: Output): Promise<number> {
  return await ask(socket, { kind: 'list-evictions' }, output, (evictions) =>
    evictions.length === 0 ? 'Nobody is evicted.\n' : evictions.map(formatEviction).join(''),
  );
}

/** Lets one address, or all, come back. Resolves with the exit code. */
export async function clearEvictions(socket: string, which: IpAddress | 'all', output: Output): Promise<number> {
  return await ask(socket, { kind: 'clear-evictions', which }, output, (evictions) =>
    evictions.length === 0
      ? `Nothing to clear: ${which === 'all' ? 'nobody' : which} is not evicted.\n`
      : evictions.map((eviction) => `Cleared ${formatEviction(eviction)}`).join(''),
  );
}

async function ask(
  socket: string,
  request: AgentRequest,
  { out, err }: Output,
  format: (evictions: readonly ListedEviction[]) => string,
): Promise<number> {
  const response = await sendRequest(socket, request);
  if (response.ok) {
    out(format(response.evictions));
    return 0;
  }
  err(`mesh-agent evictions: ${response.message}\n`);
  return 1;
}

function formatEviction({ address, group, remoteAsn, remoteRouterId, reason, count, until }: ListedEviction): string {
  const facts = [
    address,
    reason,
    `until ${until}`,
    `time ${String(count)}`,
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(remoteAsn === undefined ? [] : [`AS ${String(remoteAsn)}`]),
    ...(remoteRouterId === undefined ? [] : [`router-id ${remoteRouterId}`]),
  ];
  return `${facts.join(', ')}\n`;
}
