import { expect, test } from 'vitest';
import { topologyOf } from '../test/support/cases.ts';
import { reconnectSeconds } from './durations.ts';

test('between two pods of a StatefulSet the slowest clients have the time to come back', () => {
  const topology = topologyOf('frr');
  const group = topology.clientGroups['MESHRR-CLIENTS'] ?? expect.unreachable();
  const clientGroups = Object.fromEntries(
    [5, 60, 10].map((connectRetrySeconds) => [
      `AFTER-${String(connectRetrySeconds)}`,
      { ...group, connectRetrySeconds },
    ]),
  );

  expect(reconnectSeconds({ ...topology, clientGroups })).toBe(65);
});
