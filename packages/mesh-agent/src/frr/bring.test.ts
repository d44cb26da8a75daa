import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { prefix } from '@meshrs/network/test-data';
import { planChanges, renderFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { describe, expect, it } from 'vitest';
import { scriptedVty, type ScriptedVty } from '../../test/scripted-vty.ts';
import { bring, type Bringing } from './bring.ts';

const running = toFrrConfig(routeServer(1));
const addresses = Array.from(
  { length: 300 },
  (_, index) => `192.168.${String(1 + (index >> 8))}.${String(index & 255)}`,
);
const newRange = 'bgp listen range 10.9.0.0/16 peer-group MESHRR-CLIENTS';

describe('bring, past clients that come back by their range at each try', () => {
  it.each([1, 101, 300])('carries out all that comes after %d of them', async (count) => {
    const wanted = declaring(addresses);
    const dialling = new Set(addresses.slice(0, count));
    const { session, on } = bringing(running, dialling);

    const failure = await bring(wanted, on);

    expect(failure).toMatchObject({ code: 'command-rejected', operation: `neighbor 192.168.1.0 remote-as 65001` });
    expect(addressesIn(on.config)).toEqual(addresses.filter((address) => !dialling.has(address)));
    expect(session.asked).toContain(newRange);
    expect(on.config.router?.ranges.map(({ prefix }) => prefix)).toContain('10.9.0.0/16');
    // Each would be to read thousands of neighbors.
    expect(session.asked).not.toContain('show running-config');
    expect(on.changes).toHaveLength(addresses.length - count + 1);
  });

  it('tries each at least twice, and the first of them ten times', async () => {
    const { session, on } = bringing(running, new Set(addresses));
    await bring(declaring(addresses), on);
    const tries = addresses.map((address) => session.asked.filter((each) => each === `do clear bgp ${address}`).length);
    expect(tries).toEqual([...Array<number>(20).fill(10), ...Array<number>(280).fill(2)]);
  });

  it('does not try them again in a plan that is made anew', async () => {
    let looks = 0;
    const { session, on } = bringing(running, new Set(addresses.slice(0, 3)), {
      isOld: () => {
        looks += 1;
        return looks % 7 === 0;
      },
    });
    await bring(declaring(addresses), on);
    expect(addressesIn(on.config)).toEqual(addresses.slice(3));
    expect(session.asked.filter((each) => each === 'do clear bgp 192.168.1.0')).toHaveLength(10);
  });

  it('knows that one which was to be made anew is gone, and tries to make it at the next attempt', async () => {
    const before = declaring(addresses);
    const wanted = declaring(addresses, 'TWO');
    const { on } = bringing(before, new Set([addresses[0] ?? '']));

    await expect(bring(wanted, on)).resolves.toMatchObject({ code: 'command-rejected' });

    expect(addressesIn(on.config)).toEqual(addresses.slice(1));
    expect(new Set(on.config.router?.neighbors.map(({ group }) => group))).toEqual(new Set(['TWO']));
    expect(on.changes).toContainEqual(expect.objectContaining({ kind: 'neighbor-removed', subject: addresses[0] }));
    const next = bringing(on.config, new Set());
    await expect(bring(wanted, next.on)).resolves.toBeUndefined();
    expect(addressesIn(next.on.config)).toEqual(addresses);
  });

  it('still ends where a hundred statements are rejected for what they are', async () => {
    const { session, on } = bringing(running, new Set(), { rejects: /remote-as/ });
    await expect(bring(declaring(addresses), on)).resolves.toMatchObject({ code: 'command-rejected' });
    expect(session.asked.filter((each) => each === 'show running-config')).toHaveLength(100);
    expect(session.asked).not.toContain(newRange);
  });
});

function declaring(clients: readonly string[], group = 'MESHRR-CLIENTS'): FrrConfig {
  const neighbors = clients.map((address, index) => declared(`c${String(index)}`, address, 65001));
  return toFrrConfig(
    routeServer(1, {
      clientGroups: [
        clientGroup({
          prefixes: ['192.168.0.0/16', '10.9.0.0/16'].map(prefix),
          ...(group === 'MESHRR-CLIENTS' && { neighbors }),
        }),
        ...(group === 'MESHRR-CLIENTS' ? [] : [clientGroup({ name: group, prefixes: [], neighbors })]),
      ],
    }),
  );
}

/** bgpd as it is to clients that dial by many connections at once: whenever one is no configured neighbor, it is a dynamic one. */
function bringing(
  config: FrrConfig,
  dialling: ReadonlySet<string>,
  { isOld = () => false, rejects }: { readonly isOld?: () => boolean; readonly rejects?: RegExp } = {},
): { readonly session: ScriptedVty; readonly on: Bringing } {
  const configured = new Set<string>(config.router?.neighbors.map(({ address }) => address));
  const session = scriptedVty((command) => {
    if (command === 'show running-config') return { output: renderFrrConfig(on.config) };
    if (rejects?.test(command)) return { status: 13, output: '% No.' };
    const [, no, address = ''] = /^(no )?neighbor (\S+)/.exec(command) ?? [];
    if (!dialling.has(address)) return {};
    if (!configured.has(address)) return { status: 13, output: '% Operation not allowed on a dynamic neighbor' };
    if (no !== undefined) configured.delete(address);
    return {};
  });
  const on: Bringing = {
    ...{ session, config, changes: [], commandCount: 0, signal: new AbortController().signal },
    listener: { ensure: () => Promise.resolve(), release: () => Promise.resolve() },
    spare: { plan: (before, to) => Promise.resolve(planChanges(before, to)), isOld },
  };
  return { session, on };
}

function addressesIn({ router }: FrrConfig): readonly string[] {
  return router?.neighbors.map(({ address }) => address) ?? [];
}
