import { joinBlocks } from '../../../frr/render-config.ts';
import { renderSpeaker } from '../../../frr/speaker/render-speaker.ts';
import type { SpeakerConfig } from '../../../frr/speaker/config.ts';
import { emptySpeakerConfig, standardRouter } from '../../../frr/speaker/standard.ts';
import type { Device } from '../../device.ts';
import {
  attachedPrefixLists,
  attachedRouteMaps,
  bfdLines,
  metallbGroups,
  metallbNeighbors,
} from './attached-router.ts';
import { clientNeighbors, clientRouteMaps } from './evpn-client.ts';
import { underlayLines } from './underlay.ts';

/** What bgpd is to be told beside what it is told already. */
export function renderFrr(device: Device): string {
  const { attached } = device;
  const blocks = [
    attached ? bfdLines(device, attached) : [],
    renderSpeaker(frrConfigOf(device), { isPart: true }).trimEnd().split('\n'),
    attached ? underlayLines(device, attached) : [],
  ];
  return joinBlocks(blocks);
}

/** The same as data: the lab adds to it what is only there. */
export function frrConfigOf(device: Device): SpeakerConfig {
  const { asn, attached, client } = device;
  return {
    ...emptySpeakerConfig,
    prefixLists: attached ? attachedPrefixLists(device, attached) : [],
    routeMaps: [...(attached ? attachedRouteMaps(device, attached) : []), ...(client ? clientRouteMaps(device) : [])],
    router: {
      ...standardRouter(asn, 'traditional'),
      families: attached ? [{ name: 'ipv4 unicast', networks: [] }] : [],
      groups: attached ? metallbGroups(device, attached) : [],
      neighbors: [
        ...(attached ? metallbNeighbors(device, attached) : []),
        ...(client ? clientNeighbors(device, client) : []),
      ],
    },
  };
}
