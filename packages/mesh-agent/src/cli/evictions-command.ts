import type { IpAddress } from '@meshrs/network';
import { AgentFailure } from '../failure.ts';
import type { AgentRequest, AgentResponse, ListedEviction, ListedHeld, ListedPin } from '../requests/protocol.ts';
import { sendRequest } from '../requests/send-request.ts';
import { wrongUsage } from '../exit-codes.ts';

interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

type Answer = Extract<AgentResponse, { ok: true }>;

/** Prints who is evicted and who is pinned. Resolves with the exit code. */
export async function listEvictions(socket: string, output: Output): Promise<number> {
  return await ask(socket, { kind: 'list-evictions' }, output, describeAll);
}

function describeAll({ evictions, pins, held }: Answer): string {
  // A pinned client is told of as such.
  const heldAlone = held.filter(({ address }) => !pins.some((pin) => pin.address === address));
  return [
    ...(evictions.length === 0 ? [nobodyEvicted(pins.length, heldAlone.length)] : evictions.map(describeEviction)),
    ...pins.map(describePin),
    ...heldAlone.map(describeHeld),
  ].join('\n');
}

/** "Nobody is evicted; 1 client is pinned, and 5 held down:": a full stop there would deny the list below it. */
function nobodyEvicted(pinned: number, held: number): string {
  const others = [
    [pinned, 'pinned'],
    [held, 'held down'],
  ] as const;
  const [first, second] = others.filter(([count]) => count > 0);
  if (!first) return 'Nobody is evicted.';
  const [count, what] = first;
  const subject = count === 1 ? '1 client is' : `${String(count)} clients are`;
  return `Nobody is evicted; ${subject} ${what}${second ? `, and ${String(second[0])} ${second[1]}` : ''}:`;
}

/** Lets one address, or all, come back; undefined: nobody, and says who there is. Resolves with the exit code. */
export async function clearEvictions(
  socket: string,
  which: IpAddress | 'all' | undefined,
  output: Output,
): Promise<number> {
  if (which === undefined) return await refuseToClear(socket, output);
  return await ask(socket, { kind: 'clear-evictions', which }, output, ({ evictions, pins, held }) => {
    if (evictions.length + pins.length + held.length === 0) {
      return `Nothing to clear: ${which === 'all' ? 'nobody is evicted, pinned or held' : `${which} is not evicted, not pinned, and not held`}.`;
    }
    return [
      ...evictions.map(
        ({ address, reason }) =>
          `Cleared: ${address} may come again now; it is evicted again if ${stillBreaks(reason)}.`,
      ),
      ...pins.map(({ address, isLeaving }) =>
        isLeaving
          ? `${address} is up: it is let go when its session ends.`
          : `Cleared: ${address} comes from its range again.`,
      ),
      ...held.map(
        (client) =>
          `Cleared. ${nameOf(client)}: bgpd takes it at its next attempt; it is held again if it sends more than ${limitOf(client)}.`,
      ),
    ].join('\n');
  });
}

/** All at once would let in again whom nobody has looked at. */
async function refuseToClear(socket: string, { err }: Output): Promise<number> {
  err('mesh-agent evictions clear: it needs an ADDRESS, or --all for all of them. Nobody was cleared. There are:\n');
  try {
    await ask(socket, { kind: 'list-evictions' }, { out: err, err }, describeAll);
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    err(`(not known: ${thrown.message})\n`);
  }
  return wrongUsage;
}

async function ask(
  socket: string,
  request: AgentRequest,
  { out, err }: Output,
  format: (answer: Answer) => string,
): Promise<number> {
  const response = await sendRequest(socket, request);
  if (response.ok) {
    out(`${toPrintable(format(response))}\n`);
    return 0;
  }
  err(`mesh-agent evictions: ${toPrintable(response.message)}\n`);
  return 1;
}

/** Who, why, until when, and what to do. */
function describeEviction(eviction: ListedEviction): string {
  const { address, count, until } = eviction;
  return `${address}: ${reasonOf(eviction)} Evicted until ${until}, for the ${ordinal(count)} time in a row.`;
}

const endings = { zero: 'th', one: 'st', two: 'nd', few: 'rd', many: 'th', other: 'th' } as const;
const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' });

/** "first", "2nd", "3rd", "11th", "21st" */
function ordinal(count: number): string {
  return count === 1 ? 'first' : `${String(count)}${endings[ordinalRules.select(count)]}`;
}

/** What would evict it once more. */
function stillBreaks(reason: ListedEviction['reason']): string {
  switch (reason) {
    case 'as-not-allowed':
      return 'its AS is still not allowed';
    case 'router-id-unknown':
      return "its router-id is still no route server's";
    default:
      return 'it still breaks the policy';
  }
}

function reasonOf({ address, group, remoteAsn, remoteRouterId, reason }: ListedEviction): string {
  const [its, where] = [
    remoteAsn === undefined ? 'its AS' : `AS ${String(remoteAsn)}`,
    group === undefined ? 'its group' : `group ${group}`,
  ];
  const clear = `"mesh-agent evictions clear ${address}"`;
  switch (reason) {
    case 'as-not-allowed':
      return `${its} is in none of the ranges of ${where}; add it to "asns" of that group in the topology, which ends this at once when the commit is synced, or change the client and say ${clear}.`;
    case 'router-id-unknown':
      return `router-id ${remoteRouterId ?? '(not known)'}, seen in ${where}, is no route server's of the fleet; find out who that is; a topology that names it in "routerIds" ends this at once when the commit is synced.`;
    case 'taken-over':
      return `it was evicted before the agent started (${its}, ${where}), and the reason is not recorded; ${clear} lets it in, and it is evicted again if it breaks the policy.`;
    default:
      return `${reason} (${its}, ${where}); ${clear} lets it in.`;
  }
}

function describePin(pin: ListedPin): string {
  const { address, group, standing, isLeaving, isKept, closedCount, since, closedAt } = pin;
  const states = {
    held: 'held by bgpd: maximum-prefix',
    up: 'pinned, up',
    down: 'pinned, down',
  } as const;
  const advice =
    standing === 'held'
      ? ` It sent more prefixes than group ${group} takes of one client; bgpd takes it again after some minutes, or at once by "mesh-agent evictions clear ${address}".`
      : '';
  const closings =
    closedCount === 0
      ? `bgpd has closed none since then, and the last at ${closedAt}`
      : `bgpd has closed ${String(closedCount)} more since then, the last at ${closedAt}`;
  const leaving = isLeaving ? ' It is let go when it is down.' : '';
  const why =
    isKept === true
      ? `It is a neighbor of bgpd since ${since}: it was there when bgpd ended, or its range is narrow`
      : `It was pinned at ${since}, since bgpd had closed its sessions twice within 10 min`;
  return `${address}: ${states[standing]}, in group ${group}. ${why}; ${closings}.${advice}${leaving}`;
}

function describeHeld(client: ListedHeld): string {
  return `${nameOf(client)}: held by bgpd since ${client.since}: it sent more than ${limitOf(client)} (maximumPrefixes of ${client.group}). bgpd takes it again 5 min after it closed it, or at once by "mesh-agent evictions clear ${client.address}"; it is held again while it sends more. Let it send less, or raise maximumPrefixes in the topology.`;
}

function nameOf({ name, address }: ListedHeld): string {
  return name === undefined ? address : `${name} (${address})`;
}

function limitOf({ maximumPrefixes }: ListedHeld): string {
  return maximumPrefixes === undefined ? 'its limit' : `${String(maximumPrefixes)} prefixes`;
}

/** A line of a terminal is a line: what could be anything else is shown by its number. */
function toPrintable(text: string): string {
  return text.replace(
    /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
