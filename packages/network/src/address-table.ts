import { addressAt, rangeOf, type Family, type IpAddress } from './address.ts';

/**
 * A row number for each address that was given to it, from 0 on: what is known of an address then stands in typed arrays.
 * A Map of their texts takes several times the memory for a quarter of a million addresses.
 */
export interface AddressTable {
  /** How many addresses have a row. */
  readonly size: () => number;
  /** The row of the address: a new one when it has none yet. */
  readonly rowOf: (address: IpAddress) => number;
  /** The same for an IPv4 address as the number that its four bytes are. */
  readonly rowOfIpv4: (number: number) => number;
  /** The row that the address has; undefined when it has none. */
  readonly find: (address: IpAddress) => number | undefined;
  /** The address of a row. */
  readonly addressOf: (row: number) => IpAddress | undefined;
  readonly familyOf: (row: number) => Family;
  /** Orders rows by their addresses, as `compareAddresses` orders those. */
  readonly compareRows: (one: number, other: number) => number;
}

/** An address as four numbers of 32 bits; of IPv4 the last one alone counts. */
interface Words {
  readonly isIpv4: boolean;
  readonly words: readonly [number, number, number, number];
}

const firstCapacity = 64;
/** Slots for each row: a table that is half full at most finds an address in two looks. */
const slotsPerRow = 2;
const mask32 = 0xffff_ffffn;
const anyIpv4 = rangeOf('0.0.0.0/0' as IpAddress);
const anyIpv6 = rangeOf('::/0' as IpAddress);

export function createAddressTable(): AddressTable {
  let capacity = firstCapacity;
  /** The last word of each address. */
  let low = new Uint32Array(capacity);
  /** The three words before it; empty until the first IPv6 address. */
  let high = new Uint32Array(0);
  let ipv4 = new Uint8Array(capacity);
  /** Row number and one; 0 where a slot is free. */
  let slots = new Uint32Array(slotsPerRow * capacity);
  let size = 0;

  return {
    size: () => size,
    rowOf: (address) => {
      const read = readWords(address);
      const row = (slots[slotOf(read)] ?? 0) - 1;
      return row >= 0 ? row : addNew(read);
    },
    rowOfIpv4: (number) => {
      const row = findIpv4(number);
      return row >= 0 ? row : addNew({ isIpv4: true, words: [0, 0, 0, number] });
    },
    find: (address) => {
      const row = (slots[slotOf(readWords(address))] ?? 0) - 1;
      return row < 0 ? undefined : row;
    },
    addressOf: (row) => (row >= 0 && row < size ? addressIn(row) : undefined),
    familyOf: (row) => (ipv4[row] === 1 ? 'ipv4' : 'ipv6'),
    compareRows: (one, other) => compareWords(wordsAt(one), wordsAt(other)),
  };

  function addNew(read: Words): number {
    if (size === capacity) grow();
    const { isIpv4, words: four } = read;
    const slot = slotOf(read);
    const row = size;
    if (!isIpv4 && high.length === 0) high = new Uint32Array(3 * capacity);
    low[row] = four[3];
    if (!isIpv4) high.set(four.slice(0, 3), 3 * row);
    ipv4[row] = Number(isIpv4);
    slots[slot] = row + 1;
    size += 1;
    return row;
  }

  /** -1 when it has none. Half a million sessions are looked up with it: it makes no object. */
  function findIpv4(number: number): number {
    const last = slots.length - 1;
    for (let slot = hashOfWords(0, 0, 0, number) & last; ; slot = (slot + 1) & last) {
      const row = (slots[slot] ?? 0) - 1;
      if (row < 0 || (ipv4[row] === 1 && low[row] === number)) return row;
    }
  }

  /** The slot that holds the address, or the free one where it belongs. */
  function slotOf(read: Words): number {
    const last = slots.length - 1;
    let slot = hash(read) & last;
    for (;;) {
      const row = (slots[slot] ?? 0) - 1;
      if (row < 0 || isAt(row, read)) return slot;
      slot = (slot + 1) & last;
    }
  }

  function isAt(row: number, { isIpv4, words: [one, two, three, four] }: Words): boolean {
    if (low[row] !== four || ipv4[row] !== Number(isIpv4)) return false;
    return isIpv4 || (high[3 * row] === one && high[3 * row + 1] === two && high[3 * row + 2] === three);
  }

  function grow(): void {
    capacity *= 2;
    low = moved(low, new Uint32Array(capacity));
    if (high.length > 0) high = moved(high, new Uint32Array(3 * capacity));
    ipv4 = moved(ipv4, new Uint8Array(capacity));
    slots.buffer.transfer(0);
    slots = new Uint32Array(slotsPerRow * capacity);
    for (let row = 0; row < size; row++) slots[slotOf(wordsAt(row))] = row + 1;
  }

  function wordsAt(row: number): Words {
    const at = (index: number) => high[3 * row + index] ?? 0;
    const isIpv4 = ipv4[row] === 1;
    return { isIpv4, words: isIpv4 ? [0, 0, 0, low[row] ?? 0] : [at(0), at(1), at(2), low[row] ?? 0] };
  }

  function addressIn(row: number): IpAddress | undefined {
    const { isIpv4, words: four } = wordsAt(row);
    const number = four.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    return addressAt(isIpv4 ? anyIpv4 : anyIpv6, number);
  }
}

/** The memory of the one before goes back at once: the collector leaves megabytes of them before it looks. */
function moved<T extends Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(before: T, after: T): T {
  after.set(before);
  before.buffer.transfer(0);
  return after;
}

/** An IPv4 address is canonical: four numbers with dots. This is a tenth of what `rangeOf` takes. */
function readWords(address: IpAddress): Words {
  if (address.includes(':')) {
    const { first } = rangeOf(address);
    const word = (shift: bigint) => Number((first >> shift) & mask32);
    return { isIpv4: false, words: [word(96n), word(64n), word(32n), word(0n)] };
  }
  let value = 0;
  let byte = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === dot) {
      value = value * 256 + byte;
      byte = 0;
    } else byte = byte * 10 + (code - zero);
  }
  return { isIpv4: true, words: [0, 0, 0, value * 256 + byte] };
}

const dot = '.'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

function compareWords(one: Words, other: Words): number {
  if (one.isIpv4 !== other.isIpv4) return one.isIpv4 ? -1 : 1;
  const differences = one.words.map((word, index) => word - (other.words[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** The finalizer of MurmurHash3 over the words: neighbours of a range differ in the last bits alone. */
function hash({ words }: Words): number {
  return hashOfWords(...words);
}

function hashOfWords(one: number, two: number, three: number, four: number): number {
  let state = four ^ Math.imul(three, 0x9e3779b1) ^ Math.imul(two, 0x85ebca77) ^ Math.imul(one, 0xc2b2ae3d);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
