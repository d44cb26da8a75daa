import { parseAddress, type IpAddress } from '@meshrs/network';
import { randomInt } from 'node:crypto';

/** A loopback address that no other test is likely to have: the agent's port is fixed, and tests run together. */
export function anyLoopbackAddress(): IpAddress {
  const text = `127.${String(randomInt(1, 255))}.${String(randomInt(256))}.${String(randomInt(1, 255))}`;
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}
