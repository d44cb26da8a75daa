import { connect, createServer } from 'node:net';
import { startSpeaker, type Speaker, type SpeakerOptions, type SpeakerStatus } from './bgp-speaker.ts';

/** Runs BGP speakers inside a network namespace; a test starts it there and talks to it over Node's IPC. */
export type SpeakerRequest =
  | { readonly kind: 'start'; readonly speakers: readonly SpeakerOptions[] }
  | { readonly kind: 'routes'; readonly address: string; readonly count: number }
  | { readonly kind: 'stop'; readonly addresses: readonly string[]; readonly how: 'cease' | 'silent' | 'reset' }
  | {
      readonly kind: 'notify';
      readonly address: string;
      readonly code: number;
      readonly subcode: number;
      readonly data: string;
    }
  /** From now on a unix socket leads to a TCP port that this process reaches. */
  | { readonly kind: 'relay'; readonly path: string; readonly host: string; readonly port: number }
  | { readonly kind: 'status'; readonly addresses?: readonly string[] };

export type SpeakerAnswer = Readonly<Record<string, SpeakerStatus>>;

const speakers = new Map<string, Speaker>();

process.on('message', ({ id, request }: { id: number; request: SpeakerRequest }) => {
  process.send?.({ id, answer: carryOut(request) });
});
process.on('disconnect', () => {
  process.exit(0);
});

function carryOut(request: SpeakerRequest): SpeakerAnswer {
  switch (request.kind) {
    case 'start':
      for (const options of request.speakers) speakers.set(options.name ?? options.address, startSpeaker(options));
      return {};
    case 'routes':
      speakers.get(request.address)?.setRoutes(request.count);
      return {};
    case 'stop':
      for (const address of request.addresses) {
        speakers.get(address)?.stop(request.how);
        speakers.delete(address);
      }
      return {};
    case 'notify':
      speakers.get(request.address)?.notify(request.code, request.subcode, request.data);
      return {};
    case 'relay':
      relay(request.path, request.host, request.port);
      return {};
    case 'status':
      return Object.fromEntries(
        [...speakers]
          .filter(([address]) => request.addresses?.includes(address) ?? true)
          .map(([address, speaker]) => [address, speaker.status()]),
      );
  }
}

function relay(path: string, host: string, port: number): void {
  const server = createServer((near) => {
    const far = connect({ host, port });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      // What follows an error is always 'close'.
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  });
  server.listen(path);
}
