import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locateTool } from '@meshrs/tools/locate';
import { eventually } from '@meshrs/test-kit/wait';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { startDaemon } from '@meshrs/test-kit/daemon';
import { createScratch } from '@meshrs/test-kit/scratch';

/** A real dnsmasq on a loopback address of its own, whose answers a test changes. */
export interface Dnsmasq {
  readonly address: string;
  /** The addresses of a name below mesh.example; none: the name does not exist. */
  publish(name: string, addresses: readonly string[]): Promise<void>;
  /**
   * Below `half.example` one record type is answered by this address, with any name, and the other is not. A name that was
   * not answered is not to be asked for again: dnsmasq still waits for it.
   */
  answerHalf(half: Half): void;
  end(): Promise<void>;
}

export interface Half {
  readonly type: 'A' | 'AAAA';
  readonly address: string;
  readonly ttlSeconds: number;
  /** What comes of the other record type: nothing, SERVFAIL, or an answer that is late. */
  readonly other: 'silent' | 'failed';
}

/** Time to live of every record, in seconds. */
export const recordTtlSeconds = 1;

/**
 * Below `mesh.example` stand the published names; `rs.txt.example` exists with a TXT record alone. `servfail.example` and
 * `timeout.example` are forwarded to a server that fails, and to one that never answers; any other name is refused.
 */
export async function startDnsmasq(): Promise<Dnsmasq> {
  const scratch = createScratch();
  const address = anyLoopbackAddress();
  const failing = await startUdp((query) => {
    // The query itself, as an answer with RCODE 2, SERVFAIL (RFC 1035 section 4.1.1).
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8182, 2);
    return answer;
  });
  const silent = await startUdp(() => undefined);
  let half: Half | undefined;
  const halved = await startUdp((query) => half && answerOfHalf(query, half));
  const hosts = join(scratch.folder, 'hosts');
  writeFileSync(hosts, '');
  const published = new Map<string, readonly string[]>();
  const daemon = startDaemon(locateTool('dnsmasq'), [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-hosts',
    '--no-resolv',
    '--bind-interfaces',
    `--listen-address=${address}`,
    '--except-interface=none',
    '--user=root',
    `--pid-file=${join(scratch.folder, 'pid')}`,
    '--log-facility=-',
    '--log-queries',
    `--addn-hosts=${hosts}`,
    `--local-ttl=${String(recordTtlSeconds)}`,
    '--local=/mesh.example/',
    '--local=/txt.example/',
    '--txt-record=rs.txt.example,nothing',
    // Names without a dot do not exist, rather than being refused.
    '--domain-needed',
    `--server=/servfail.example/${failing.address}#${String(failing.port)}`,
    `--server=/timeout.example/${silent.address}#${String(silent.port)}`,
    `--server=/half.example/${halved.address}#${String(halved.port)}`,
    // The answers of that server change with the test.
    '--cache-size=0',
  ]);
  await eventually(
    () => daemon.output(),
    (output) => {
      if (!daemon.isRunning()) throw new Error(`dnsmasq ended (port 53 needs root): ${output}`);
      return output.includes('read ');
    },
  );
  let reads = 1;
  return {
    address,
    publish: async (name, addresses) => {
      published.set(name, addresses);
      const lines = [...published].flatMap(([each, its]) => its.map((one) => `${one} ${each}.mesh.example\n`));
      writeFileSync(hosts, lines.join(''));
      reads += 1;
      daemon.signal('SIGHUP');
      const wanted = reads;
      await eventually(
        () => daemon.output().split('read ').length - 1,
        (seen) => seen >= wanted,
      );
    },
    answerHalf: (next) => {
      half = next;
    },
    end: async () => {
      await daemon.end();
      halved.close();
      failing.close();
      silent.close();
      scratch.remove();
    },
  };
}

/** Type A is 1, AAAA is 28 (RFC 1035 section 3.2.2, RFC 3596). */
const typeNumbers = { A: 1, AAAA: 28 } as const;

/** An answer to a query (RFC 1035 section 4.1), which repeats its question and names the owner by a pointer to it. */
function answerOfHalf(query: Buffer, { type, address, ttlSeconds, other }: Half): Buffer | undefined {
  const endOfQuestion = query.indexOf(0, 12) + 5;
  const isAsked = query.readUInt16BE(endOfQuestion - 4) === typeNumbers[type];
  if (!isAsked && other === 'silent') return undefined;
  const head = Buffer.from(query.subarray(0, endOfQuestion));
  head.writeUInt16BE(isAsked ? 0x8180 : 0x8182, 2);
  head.writeUInt16BE(isAsked ? 1 : 0, 6);
  // No additional records: EDNS (RFC 6891) is not answered.
  head.writeUInt16BE(0, 10);
  if (!isAsked) return head;
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(typeNumbers[type], 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttlSeconds, 6);
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : sixteenBytes(address);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, record, data]);
}

function sixteenBytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((each) => each !== '');
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0');
  return Buffer.from(
    [...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0')).join(''),
    'hex',
  );
}

async function startUdp(answerTo: (query: Buffer) => Buffer | undefined) {
  const socket = dgram.createSocket('udp4');
  const address = anyLoopbackAddress();
  socket.on('message', (query, from) => {
    const answer = answerTo(query);
    if (answer) socket.send(answer, from.port, from.address);
  });
  socket.bind({ address });
  await once(socket, 'listening');
  return {
    address,
    port: socket.address().port,
    close: () => {
      socket.close();
    },
  };
}
