import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import type { UnboundedAttribute } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { emptyFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import { expect, it } from 'vitest';
import { desiredConfig, renderIntent } from './desired-config.ts';

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
