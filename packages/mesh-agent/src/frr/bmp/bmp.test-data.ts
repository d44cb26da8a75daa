import { encodeKeepalive, encodeNotification, encodeOpen, type OpenFacts } from '../../../test/frr/bgp-messages.ts';

/** BMP messages as bgpd 10.7.1 makes them (RFC 7854). */
export const initiation = frame(4, Buffer.from([0, 1, 0, 3, 0x46, 0x52, 0x52]));

export interface PeerFacts {
  readonly address: string;
  readonly asn?: number;
  readonly routerId?: string;
  /** RFC 7854 section 4.2; 0: of the global instance. */
  readonly peerType?: number;
}

export function peerUp(peer: PeerFacts, open: Partial<OpenFacts> | Buffer = {}): Buffer {
  const { asn = 65001, routerId = '192.0.2.1' } = peer;
  const sent = encodeOpen({ asn: 65000, holdSeconds: 30, routerId: '192.0.2.100' });
  const received = Buffer.isBuffer(open) ? open : encodeOpen({ asn, holdSeconds: 30, routerId, ...open });
  return frame(3, Buffer.concat([perPeer(peer), Buffer.alloc(20), sent, received]));
}

export function peerDown(peer: PeerFacts, reason: number): Buffer {
  const more: Readonly<Record<number, Buffer>> = { 2: Buffer.from([0, 0]), 3: encodeNotification(6, 2) };
  return frame(2, Buffer.concat([perPeer(peer), Buffer.from([reason]), more[reason] ?? Buffer.alloc(0)]));
}

export function frame(type: number, body: Buffer, length = body.length + 6): Buffer {
  const header = Buffer.from([3, 0, 0, 0, 0, type]);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, body]);
}

export function perPeer({ address, asn = 65001, routerId = '192.0.2.1', ...peer }: PeerFacts): Buffer {
  const bytes = Buffer.alloc(42);
  bytes[0] = peer.peerType ?? 0;
  if (address.includes(':')) {
    bytes[1] = 0x80;
    ipv6Bytes(address).copy(bytes, 10);
  } else Buffer.from(address.split('.').map(Number)).copy(bytes, 22);
  bytes.writeUInt32BE(asn, 26);
  Buffer.from(routerId.split('.').map(Number)).copy(bytes, 30);
  bytes.writeUInt32BE(1_795_354_168, 34);
  return bytes;
}

/** What is no OPEN, but stands where one should. */
export const noOpen = encodeKeepalive();

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
