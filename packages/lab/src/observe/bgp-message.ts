import { attributeTypes, parseAttributes, parseReach, splitRoutes } from '../evpn/attributes.ts';

/** Message types (RFC 4271 section 4.1). */
const types = { update: 2, notification: 3 } as const;

/** What the lab reads of a BGP message; EVPN only. */
export type BgpMessage =
  | {
      readonly kind: 'update';
      readonly announced: readonly string[];
      readonly withdrawn: readonly string[];
      readonly attributes: ReadonlyMap<number, Buffer>;
    }
  | { readonly kind: 'notification'; readonly code: number; readonly subcode: number; readonly message: string }
  | { readonly kind: 'other' };

/** Reads a whole message, with its header of 19 bytes. */
export function parseBgpMessage(bytes: Buffer): BgpMessage {
  const type = bytes.readUInt8(18);
  const body = bytes.subarray(19);
  if (type === types.update) return parseUpdate(body);
  if (type === types.notification) return parseNotification(body);
  return { kind: 'other' };
}

function parseUpdate(body: Buffer): BgpMessage {
  const start = 2 + body.readUInt16BE(0) + 2;
  const attributes = parseAttributes(body.subarray(start, start + body.readUInt16BE(start - 2)));
  const reach = attributes.get(attributeTypes.mpReach);
  // Behind the family stand the routes (RFC 4760 section 4).
  const unreach = attributes.get(attributeTypes.mpUnreach)?.subarray(3);
  return {
    kind: 'update',
    announced: reach ? splitRoutes(parseReach(reach).routes) : [],
    withdrawn: unreach ? splitRoutes(unreach) : [],
    attributes,
  };
}

function parseNotification(body: Buffer): BgpMessage {
  const data = body.subarray(2);
  // The message of a Cease has its length in front (RFC 9003 section 2).
  const length = data.length > 0 ? data.readUInt8(0) : 0;
  return {
    kind: 'notification',
    code: body.readUInt8(0),
    subcode: body.readUInt8(1),
    message: data.subarray(1, 1 + length).toString('utf8'),
  };
}
