import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { RouteServerIntent, UnboundedAttribute } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { emptyFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import { describe, expect, it } from 'vitest';
import { desiredConfig, renderIntent, startingConfig } from './desired-config.ts';

const pin = { address: address('192.168.1.7'), group: 'MESHRR-CLIENTS' };

it.each<[readonly UnboundedAttribute[], readonly number[] | undefined]>([
  [[], [23, 25]],
  [['tunnel-encapsulation'], [25]],
  [['ipv6-extended-communities'], [23]],
  [['ipv6-extended-communities', 'tunnel-encapsulation'], undefined],
])('a pinned client keeps what its group lets pass: %j', (passedAttributes, discarded) => {
  const intent = routeServer(1, { clientGroups: [clientGroup({ passedAttributes })] });
  const asked = { intent, config: renderIntent(intent) };

  expect(discardedOf(desired(emptyFrrConfig, asked))).toEqual(discarded);
  // Without settings it stays as it runs.
  expect(discardedOf(desired(desired(emptyFrrConfig, asked), undefined))).toEqual(discarded);
});

function desired(running: FrrConfig, asked: Parameters<typeof desiredConfig>[1]['asked']): FrrConfig {
  return desiredConfig(running, { asked, evictions: [], pins: [pin], drain: { isGracefulShutdown: false } });
}

function discardedOf({ router }: FrrConfig) {
  const found = router?.neighbors.find((neighbor) => neighbor.address === pin.address);
  return found ? found.discardedAttributes : expect.unreachable('it is pinned');
}

describe('a bgpd that starts', () => {
  const [here, gone] = [address('192.168.1.8'), address('192.168.1.9')];
  const started = (intent: RouteServerIntent, known = [here, gone]) =>
    startingConfig(renderIntent(intent), known, intent).router?.neighbors ?? [];

  it('knows the clients of listen ranges as neighbors, without what their group does not let pass', () => {
    expect(started(routeServer(1, { meshGroups: [] }))).toEqual(
      [here, gone].map((at) => ({
        address: at,
        group: 'MESHRR-CLIENTS',
        isPassive: true,
        isGracefulRestartDisabled: true,
        discardedAttributes: [23, 25],
      })),
    );
    const passing = clientGroup({ passedAttributes: ['tunnel-encapsulation'] });
    expect(started(routeServer(1, { meshGroups: [], clientGroups: [passing] }))).toMatchObject([
      { discardedAttributes: [25] },
      { discardedAttributes: [25] },
    ]);
  });

  it('keeps who is a neighbor as it is, and takes nobody from elsewhere', () => {
    const intent = routeServer(1, {
      meshGroups: [meshGroup(['192.168.1.8'])],
      clientGroups: [clientGroup({ neighbors: [declared('leaf', '192.168.1.9', 65001)] })],
    });
    const known = [here, gone, address('10.0.0.1'), address('2001:db8::1')];
    expect(startingConfig(renderIntent(intent), known, intent)).toEqual(renderIntent(intent));
  });

  it('has no drain, and leaves the clients of a reflector to their ranges: nothing is taken off their routes', () => {
    const reflector = routeServer(1, { mode: 'ipv4-route-reflector', clientGroups: [clientGroup({ asns: [] })] });
    expect(startingConfig(renderIntent(reflector), [here], reflector)).toEqual(renderIntent(reflector));
    const config = renderIntent(routeServer(1));
    const drain = { isGracefulShutdown: true, closedWith: 'bye' };
    const drained = desiredConfig(config, { asked: undefined, evictions: [], pins: [], drain });
    expect(startingConfig(drained, [], undefined)).toEqual(config);
    expect(startingConfig(emptyFrrConfig, [here], undefined)).toEqual(emptyFrrConfig);
  });
});
