import { parseAddress } from '@meshrs/network';
import { z } from 'zod';
import { createColumns, notTold, sessionBits, type ClientBook, type ClientColumns } from './client-columns.ts';
import { lastLine, longestHead, longestLine, mostSessions, stateLetters } from './clients-format.ts';
import { shown } from './shown.ts';
import { clientsHeadSchema, type ToldByAgent } from './told-clients.ts';

/** An answer of GET /clients that is not as it should be, and why, in a few words. */
export class ClientsNotUnderstood extends Error {
  /** It is of a format that this program does not know: what GET /status tells may be known. */
  readonly isOtherFormat: boolean;

  constructor(why: string, isOtherFormat = false) {
    super(why);
    this.isOtherFormat = isOtherFormat;
  }
}

/** Reads an answer piece by piece. Nothing of it counts before its end: one line that is wrong, and all of it is. */
export interface ClientsReader {
  /** @throws ClientsNotUnderstood */
  readonly push: (piece: string) => void;
  /** @throws ClientsNotUnderstood */
  readonly end: () => ToldByAgent;
}

const anyFormat = z.looseObject({ formatVersion: z.number() });
type Head = z.output<typeof clientsHeadSchema>;

export function createClientsReader(book: ClientBook): ClientsReader {
  let rest = '';
  let head: Head | undefined;
  let columns: ClientColumns | undefined;
  let count = 0;
  let hasEnded = false;

  return {
    push: (piece) => {
      const text = rest === '' ? piece : rest + piece;
      let from = 0;
      for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
        take(text, from, to);
        from = to + 1;
      }
      rest = text.slice(from);
      if (rest.length > (head ? longestLine : longestHead)) throw new ClientsNotUnderstood('a line of it has no end');
    },
    end: () => {
      if (!head || !hasEnded || rest !== '') throw new ClientsNotUnderstood('it ends before its end');
      const { agent, settings, fleet, engine, readiness, drain, hold, sessions } = head;
      const told = { agent, settings, engine, readiness, drain, ...(fleet && { fleet }), ...(hold && { hold }) };
      if (sessions.kind !== 'read' || !columns)
        return { ...told, clients: sessions.kind === 'read' ? unknown : sessions };
      if (count !== columns.count) {
        throw new ClientsNotUnderstood(`it announces ${String(columns.count)} sessions and tells ${String(count)}`);
      }
      refuseTwice(columns);
      const { ageMs, passedOver, evicted = [] } = sessions;
      return { ...told, clients: { kind: 'read', ageMs, columns, unchangedSeconds: 0, passedOver, evicted } };
    },
  };

  function take(text: string, from: number, to: number): void {
    if (hasEnded) throw new ClientsNotUnderstood('it goes on after its end');
    if (!head) {
      head = readHead(text.slice(from, to));
      columns = head.sessions.kind === 'read' ? createColumns(book, head.sessions.count) : undefined;
    } else if (text.startsWith(lastLine, from) && to - from === lastLine.length) hasEnded = true;
    else {
      if (to - from > longestLine) throw new ClientsNotUnderstood('a line of it is too long');
      const line = text.slice(from, to);
      if (!columns || count >= columns.count)
        throw new ClientsNotUnderstood('it tells more sessions than it announces');
      if (book.isFull())
        throw new ClientsNotUnderstood('together with others it tells of more clients than are counted');
      if (!readLine(columns, count, line)) {
        throw new ClientsNotUnderstood(`session ${String(count + 1)} of it is none: ${shown(line, 80)}`);
      }
      count += 1;
    }
  }
}

const unknown = { kind: 'unknown' } as const;

function readHead(line: string): Head {
  if (line.length > longestHead) throw new ClientsNotUnderstood('its first line is too long');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ClientsNotUnderstood('its first line is no JSON');
  }
  const format = anyFormat.safeParse(value).data?.formatVersion;
  if (format !== 1) {
    throw new ClientsNotUnderstood(
      `its format version is ${shown(String(format), 20)}, and not 1`,
      format !== undefined,
    );
  }
  const { data, error } = clientsHeadSchema.safeParse(value);
  if (!data) {
    const [issue] = error.issues;
    throw new ClientsNotUnderstood(shown(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, 200));
  }
  if (data.sessions.kind === 'read' && data.sessions.count > mostSessions) {
    throw new ClientsNotUnderstood(`it announces more than ${String(mostSessions)} sessions`);
  }
  return data;
}

/** False when the line is none. */
function readLine(columns: ClientColumns, index: number, line: string): boolean {
  const fields = line.split(' ');
  const [address = '', state = '', uptime = '', messages = '', prefixes = '', name = ''] = fields;
  const row = rowOf(columns.book, address);
  const bits = bitsOf(state);
  const number = numberOf(name, columns.book);
  const readUptime = uptime === '-' ? notTold : readNumber(uptime);
  const readMessages = messages === '-' ? notTold : readNumber(messages);
  const readPrefixes = readNumber(prefixes);
  if (fields.length !== 6 || row < 0 || bits < 0 || number < 0 || readPrefixes < 0) return false;
  if (readUptime < 0 || readMessages < 0) return false;
  columns.rows[index] = row;
  columns.states[index] = bits;
  columns.uptimes[index] = readUptime;
  columns.messages[index] = readMessages;
  columns.prefixes[index] = readPrefixes;
  columns.names[index] = number;
  return true;
}

/** -1 for what is no address in its canonical form. */
function rowOf({ addresses }: ClientBook, text: string): number {
  const ipv4 = readIpv4(text);
  if (ipv4 >= 0) return addresses.rowOfIpv4(ipv4);
  const address = text.includes(':') ? parseAddress(text) : undefined;
  return address === text ? addresses.rowOf(address) : -1;
}

/** The number of an IPv4 address in its one form; -1 for any other text. Half a million are read: it makes no object. */
function readIpv4(text: string): number {
  let value = 0;
  let byte = -1;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === dot) {
      if (byte < 0) return -1;
      dots += 1;
      value = value * 256 + byte;
      byte = -1;
      continue;
    }
    const digit = code - zero;
    // A number does not begin with 0, unless it is 0.
    if (digit < 0 || digit > 9 || byte === 0) return -1;
    byte = byte < 0 ? digit : byte * 10 + digit;
    if (byte > 255) return -1;
  }
  return dots === 3 && byte >= 0 ? value * 256 + byte : -1;
}

const dot = '.'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

/** A whole number of 32 bits in its one form, less than `notTold`; -1 for any other text. */
function readNumber(text: string): number {
  const value = /^(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : -1;
  return value < notTold ? value : -1;
}

function bitsOf(text: string): number {
  const [state, endOfRib, ...more] = text;
  const end = endOfRib === 'e' ? sessionBits.endOfRib : endOfRib === '-' ? 0 : -1;
  if (end < 0 || more.length > 0) return -1;
  switch (state) {
    case stateLetters.established:
      return sessionBits.established | end;
    case stateLetters.unknown:
      return sessionBits.unknown | end;
    default:
      return state === stateLetters.other ? end : -1;
  }
}

/** The number of a name; 0: it has none, -1: it is none. */
function numberOf(field: string, book: ClientBook): number {
  if (field === '-') return 0;
  if (!field.startsWith('=') || field.length < 2) return -1;
  try {
    return book.numberOf(shown(decodeURIComponent(field.slice(1)), 64));
  } catch {
    // Not percent-encoded: no name.
    return -1;
  }
}

/** Whoever tells an address twice tells nothing of it. */
function refuseTwice({ rows, book }: ClientColumns): void {
  const sorted = rows.toSorted();
  const twice = sorted.find((row, index) => index > 0 && sorted[index - 1] === row);
  if (twice !== undefined) {
    throw new ClientsNotUnderstood(`it tells ${book.addresses.addressOf(twice) ?? 'an address'} twice`);
  }
}
