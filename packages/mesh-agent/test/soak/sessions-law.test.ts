import { expect, it } from 'vitest';
import type { CrowdEvent } from '../scale/crowd.ts';
import { createSessionsLaw } from './sessions-law.ts';

const client = '192.168.0.1';
const event = (kind: CrowdEvent['kind'], remote: string, at: number): CrowdEvent => ({
  kind,
  address: client,
  remote,
  at,
});

function start() {
  const broken: string[] = [];
  const law = createSessionsLaw({ clients: [client], remotes: ['a', 'b'], onBroken: (what) => broken.push(what) });
  law.hear(event('established', 'a', 1));
  expect(law.missing()).toEqual([`${client} with b`]);
  law.hear(event('established', 'b', 2));
  law.begin();
  return { law, broken };
}

it('is silent while a side that was restarted loses its sessions, and they come back', () => {
  const { law, broken } = start();
  law.excuse('a', 10, 20);
  law.hear(event('ended', 'a', 15));
  expect(law.missing()).toEqual([`${client} with a`]);
  law.hear(event('established', 'a', 16));
  expect(broken).toEqual([]);
  expect(law.missing()).toEqual([]);
});

it.each([
  ['nobody restarted', 'b', 15],
  ['that was restarted later', 'a', 9],
  ['that was restarted long before', 'a', 21],
])('is broken by the end of a session with a side %s', (_, remote, at) => {
  const { law, broken } = start();
  law.excuse('a', 10, 20);
  law.hear(event('ended', remote, at));
  expect(broken).toEqual([expect.stringContaining(`${client} with ${remote} ended`)]);
});

it('is broken by the end of a last session, although its side was restarted', () => {
  const { law, broken } = start();
  law.excuse('a', 10, 20);
  law.hear(event('ended', 'a', 15));
  law.excuse('b', 15, 25);
  law.hear(event('ended', 'b', 16));
  expect(broken).toEqual([`${client} has no session left`]);
});
