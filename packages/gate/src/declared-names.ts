import type { ClientBook } from '@meshrs/contract';
import type { ClientsSight } from './route-server-sight.ts';

/** No name, or not the same with all that tell of the address. */
const none = 0xffff_ffff;

/**
 * For each address the number of the name that all route servers of a side that tell of it give it; 0 where nobody tells of
 * it, and a number of no name where they do not agree.
 */
export function declaredIn(side: readonly ClientsSight[], { addresses }: ClientBook): Uint32Array {
  const names = new Uint32Array(addresses.size());
  for (const { reading } of side) {
    if (reading.kind !== 'read') continue;
    const { count, rows, names: told } = reading.clients;
    for (let index = 0; index < count; index++) {
      const row = rows[index] ?? 0;
      const name = told[index] ?? 0;
      const known = names[row] ?? 0;
      names[row] = name !== 0 && (known === 0 || known === name) ? name : none;
    }
  }
  return names;
}
