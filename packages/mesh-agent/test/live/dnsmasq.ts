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
  end(): Promise<void>;
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
    end: async () => {
      await daemon.end();
      failing.close();
      silent.close();
      scratch.remove();
    },
  };
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
