import { startSpeaker, type Speaker, type SpeakerOptions, type SpeakerStatus } from './bgp-speaker.ts';

/** Runs BGP speakers inside a network namespace; a test starts it there and talks to it over Node's IPC. */
export type SpeakerRequest =
  | { readonly kind: 'start'; readonly speakers: readonly SpeakerOptions[] }
  | { readonly kind: 'routes'; readonly address: string; readonly count: number }
  | { readonly kind: 'stop'; readonly addresses: readonly string[]; readonly how: 'cease' | 'silent' }
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
      for (const options of request.speakers) speakers.set(options.address, startSpeaker(options));
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
    case 'status':
      return Object.fromEntries(
        [...speakers]
          .filter(([address]) => request.addresses?.includes(address) ?? true)
          .map(([address, speaker]) => [address, speaker.status()]),
      );
  }
}
