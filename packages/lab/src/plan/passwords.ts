import { randomBytes } from 'node:crypto';
import { passwordSecretOf, type Topology } from '@meshrs/topology';

/** The password of MetalLB's sessions with the routers, by side. */
export type Passwords = ReadonlyMap<string, string>;

/**
 * A password for each side. Sides have one in common where they share a Secret, or a router: what it expects of nodes goes by
 * their range, which all sides have.
 */
export function makePasswords(
  topology: Topology,
  newPassword: () => string = () => randomBytes(12).toString('base64url'),
): Passwords {
  const sides = Object.keys(topology.sides);
  const groups = sides.reduce<readonly ReadonlySet<string>[]>((merged, side) => {
    const ties = tiesOf(topology, side);
    const touched = merged.filter((group) => [...ties].some((tie) => group.has(tie)));
    return [...merged.filter((group) => !touched.includes(group)), union([ties, ...touched])];
  }, []);
  const passwords = groups.map((ties) => ({ ties, password: newPassword() }));
  return new Map(
    sides.flatMap((side) => {
      const found = passwords.find(({ ties }) => ties.has(`side ${side}`));
      return found ? [[side, found.password] as const] : [];
    }),
  );
}

/** The password that a router expects; every side of its nodes has the same. */
export function passwordOfRouter(topology: Topology, passwords: Passwords, router: string): string {
  const node = Object.values(topology.nodes).find(({ links }) => links.some((link) => link.router === router));
  // A router without nodes has no session.
  return (node && passwords.get(node.side)) ?? '';
}

/** What a side has in common with others. */
function tiesOf(topology: Topology, side: string): ReadonlySet<string> {
  const routers = Object.values(topology.nodes)
    .filter((node) => node.side === side)
    .flatMap(({ links }) => links.map(({ router }) => `router ${router}`));
  return new Set([`side ${side}`, `Secret ${passwordSecretOf(topology, side)}`, ...routers]);
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
