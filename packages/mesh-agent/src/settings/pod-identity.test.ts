import { readSettings } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { identifyPod } from './pod-identity.ts';

const read = readSettings(
  'meshrr.conf.yml',
  'asn: "65000"\nmode: evpnrs\nrouterIds: {rs-a-0: 192.0.2.101, rs-b-0: 192.0.2.102}\nbgpgroups: []\n',
);
if (!read.ok) throw new Error('the settings of this test are right');

describe('identifyPod', () => {
  it('gives a pod the router-id that the settings have for it', () => {
    expect(identifyPod(read.value, 'rs-b-0')).toEqual({ name: 'rs-b-0', routerId: '192.0.2.102' });
  });

  it('names the pods that have one when this has none', () => {
    expect(() => identifyPod(read.value, 'rs-c-0')).toThrow(
      'The settings have no router-id for the pod "rs-c-0": routerIds has rs-a-0, rs-b-0. Add "routerIds: {rs-c-0: <four numbers as in an IPv4 address>}", unique in the fleet; the topology gives one to each replica.',
    );
  });
});
