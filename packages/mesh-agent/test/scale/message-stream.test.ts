import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeAnnouncement, encodeKeepalive, encodeNotification, encodeOpen, macRoute } from '../frr/bgp-messages.ts';
import { readPiece, startOfStream } from './message-stream.ts';

const messages = [
  encodeOpen({ asn: 65001, holdSeconds: 30, routerId: '192.0.2.1' }),
  encodeKeepalive(),
  encodeAnnouncement(
    Array.from({ length: 80 }, (_, number) => macRoute('192.0.2.1', number)),
    { asPath: [65001], nextHop: '192.0.2.1', extendedCommunities: [] },
  ),
  encodeNotification(6, 4),
];
const asWritten = (numbers: readonly number[]) => numbers.map((number) => messages[number] ?? Buffer.alloc(0));

it('reads every message but UPDATEs, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 3 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 }),
      (numbers, sizes) => {
        const stream = Buffer.concat(asWritten(numbers));
        const place = startOfStream();
        const seen: string[] = [];
        // One buffer for all, as the sockets of a crowd have it: nothing of a piece may be kept.
        const buffer = Buffer.alloc(600);
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const end = Math.min(at + (sizes[turn % sizes.length] ?? 1), stream.length);
          stream.copy(buffer, 0, at, end);
          const isUsable = readPiece(place, buffer, end - at, (type, body) => {
            seen.push(`${String(type)} ${body.toString('hex')}`);
            return true;
          });
          expect(isUsable).toBe(true);
          buffer.fill(0);
          at = end;
        }
        const wanted = asWritten(numbers.filter((number) => number !== 2));
        expect(seen).toEqual(wanted.map((each) => `${String(each[18])} ${each.toString('hex', 19)}`));
        expect(place).toEqual(startOfStream());
      },
    ),
  );
});

it.each([
  ['too short', 18],
  ['too long', 4097],
])('stops at a message that is %s', (_, length) => {
  const wrong = encodeKeepalive();
  wrong.writeUInt16BE(length, 16);
  expect(readPiece(startOfStream(), wrong, wrong.length, () => true)).toBe(false);
  const cut = startOfStream();
  expect(readPiece(cut, wrong, 10, () => true)).toBe(true);
  expect(readPiece(cut, wrong.subarray(10), 9, () => true)).toBe(false);
});

it('stops when the reader has heard enough', () => {
  const twice = Buffer.concat([encodeKeepalive(), encodeKeepalive()]);
  let heard = 0;
  expect(
    readPiece(startOfStream(), twice, twice.length, () => {
      heard += 1;
      return false;
    }),
  ).toBe(false);
  expect(heard).toBe(1);
});
