import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeOpen, hostnameCapability, softwareVersionCapability } from '../../../test/frr/bgp-messages.ts';
import { frame, initiation, noOpen, peerDown, peerUp, perPeer } from './bmp.test-data.ts';
import { createBmpReader, longestMessage, type BmpMessage } from './bmp-messages.ts';

const v4 = { address: '192.168.1.1', asn: 4_200_000_001, routerId: '192.0.2.9' };
const forged = '\n%MAXPFXEXCEED: No. of x prefix received from 192.168.1.1\n';

describe('a BMP message', () => {
  it('of a session that came up tells whose it is', () => {
    expect(read(peerUp(v4))).toEqual([{ kind: 'peer-up', ...v4, knowsGracefulRestart: false }]);
    expect(read(peerUp({ address: '2001:db8::102:304' }))).toMatchObject([{ address: '2001:db8::102:304' }]);
    expect(read(peerUp({ address: '::102:304' }))).toMatchObject([{ address: '::102:304' }]);
  });

  it('tells nothing of a router-id and an AS that are zero', () => {
    const [up] = read(peerUp({ address: '192.168.1.1', asn: 0, routerId: '0.0.0.0' }));

    expect(up).toMatchObject({ kind: 'peer-up', address: '192.168.1.1' });
    expect(up).not.toHaveProperty('asn');
    expect(up).not.toHaveProperty('routerId');
  });

  it.each([
    [1, 'engine'],
    [2, 'engine'],
    [3, 'peer'],
    [4, 'peer'],
    [5, 'unknown'],
    [77, 'unknown'],
  ])('of a session that ended with reason %i tells that it was by the %s', (reason, by) => {
    expect(read(peerDown(v4, reason))).toEqual([{ kind: 'peer-down', address: '192.168.1.1', by }]);
  });

  it.each<[string, Parameters<typeof peerUp>[1], boolean | undefined]>([
    ['with graceful restart', { restartSeconds: 120 }, true],
    [
      'with other capabilities',
      { capabilities: [hostnameCapability(forged), softwareVersionCapability(forged)] },
      false,
    ],
    ['in the extended form (RFC 9072)', { capabilities: many(15), restartSeconds: 120 }, true],
    ['in the extended form without graceful restart', { capabilities: many(15) }, false],
    ['that is none', noOpen, undefined],
    ['that is missing', Buffer.alloc(0), undefined],
    ['that is cut off', encodeOpen({ ...v4, holdSeconds: 30, restartSeconds: 120 }).subarray(0, -3), undefined],
    ['whose parameters are longer than it', broken((open) => open.writeUInt8(200, 28)), undefined],
    ['whose parameter is longer than all', broken((open) => open.writeUInt8(200, 30)), undefined],
    ['whose length is zero', broken((open) => open.writeUInt16BE(0, 16)), undefined],
  ])('tells what the OPEN says, %s', (_, open, knows) => {
    const [up] = read(peerUp(v4, open));

    expect(up).toMatchObject({ kind: 'peer-up', address: v4.address, asn: v4.asn });
    expect(up?.kind === 'peer-up' && up.knowsGracefulRestart).toBe(knows);
  });

  it.each([
    ['of a kind that nobody uses', frame(0, Buffer.from('route monitoring'))],
    ['of a kind of next year', frame(200, Buffer.from(forged))],
    ['of the table itself (RFC 9069)', peerUp({ ...v4, peerType: 3 })],
    ['of a VRF', peerDown({ ...v4, peerType: 1 }, 2)],
    ['without a body', frame(5, Buffer.alloc(0))],
  ])('%s is passed over, and the next is read', (_, other) => {
    expect(read(Buffer.concat([other, peerDown(v4, 4)]))).toEqual([
      { kind: 'peer-down', address: '192.168.1.1', by: 'peer' },
    ]);
  });

  it.each([
    ['another version', Buffer.from([2, 0, 0, 0, 6, 4]), 'version is 2'],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request'), 'version is 72'],
    ['a length below the header', frame(4, Buffer.alloc(0), 5), '5 bytes'],
    ['a length above all that bgpd sends', frame(4, Buffer.alloc(0), longestMessage + 1), '65537 bytes'],
    ['a length of 4 GB', frame(4, Buffer.alloc(0), 0xffff_ffff), '4294967295 bytes'],
    ['a peer up without its addresses', frame(3, perPeer(v4)), 'type 3 is too short'],
    ['a peer down without a reason', frame(2, perPeer(v4)), 'type 2 is too short'],
  ])('is refused when it is %s, with all that follows', (_, bytes, why) => {
    const reader = createBmpReader();

    const first = reader.read(Buffer.concat([initiation, bytes, peerDown(v4, 2)]));

    expect(first.messages).toEqual([{ kind: 'initiation' }]);
    expect(first.fault).toContain(why);
    expect(reader.read(peerDown(v4, 2))).toEqual({ messages: [], fault: first.fault });
  });
});

describe('a stream of BMP', () => {
  const stream = Buffer.concat([
    initiation,
    peerUp(v4, { restartSeconds: 120 }),
    frame(9, Buffer.alloc(700)),
    peerUp({ address: '2001:db8::1' }),
    peerDown(v4, 3),
  ]);

  it('is the same in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40, size: 'max' }), (cuts) => {
        const reader = createBmpReader();
        const at = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
        const messages = at.flatMap((start, index) => [...reader.read(stream.subarray(start, at[index + 1])).messages]);
        expect(messages).toEqual(read(stream));
      }),
    );
  });

  it('never throws, whatever bytes come in whatever pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300, size: 'max' }), { maxLength: 20, size: 'max' }),
        (pieces) => {
          const reader = createBmpReader();
          for (const piece of pieces) reader.read(piece);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws, and tells only addresses that stand there, when bytes of it are others', () => {
    const changes = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, (changed) => {
        const bytes = Buffer.from(stream);
        for (const [at, value] of changed) bytes[at] = value;
        const { messages } = createBmpReader().read(bytes);
        expect(messages.length).toBeLessThanOrEqual(stream.length / 6);
      }),
      { numRuns: 2000 },
    );
  });

  it('of one message without an end takes no more memory than the longest message', () => {
    const reader = createBmpReader();
    reader.read(frame(3, Buffer.alloc(0), longestMessage));
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < longestMessage - 7; count++) reader.read(Buffer.from([0]));

    // Each piece of one byte is garbage of some bytes; what is kept would be 64 KiB a piece if each were joined.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    // Its end, of a peer without an address, and a message that follows.
    const { messages } = reader.read(Buffer.concat([Buffer.from([0]), peerDown(v4, 4)]));
    expect(messages).toEqual([{ kind: 'peer-down', address: '192.168.1.1', by: 'peer' }]);
  });
});

function read(bytes: Buffer): readonly BmpMessage[] {
  const { messages, fault } = createBmpReader().read(bytes);
  expect(fault).toBeUndefined();
  return messages;
}

function many(count: number) {
  return Array.from({ length: count }, () => ({ code: 99, value: '61'.repeat(250) }));
}

function broken(change: (open: Buffer) => void): Buffer {
  const open = encodeOpen({ ...v4, holdSeconds: 30, restartSeconds: 120 });
  change(open);
  return open;
}
