import { kindName } from '../../built/object-id.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const bfdProfileExists: Rule = {
  id: 'bfd-profile-exists',
  title: 'A BGPPeer names a BFD profile that does not exist',
  why: 'MetalLB refuses the peer and keeps its whole old configuration, of the other side too.',
  isWaivable: false,
  check: ({ peers, objects }, { metallbNamespace }) => {
    // MetalLB reads those of its own namespace.
    const profiles = objects
      .filter(({ view }) => kindName(view) === 'BFDProfile' && view.metadata.namespace === metallbNamespace)
      .map(({ view }) => view.metadata.name);
    return peers.flatMap(({ id, view }) => {
      const { bfdProfile } = view.spec;
      if (bfdProfile === undefined || bfdProfile === '' || profiles.includes(bfdProfile)) return [];
      return [
        {
          object: id,
          message: `The BGPPeer names the BFDProfile ${bfdProfile}, which does not exist in ${metallbNamespace}.`,
          seen: bfdProfile,
          allowed: listed(profiles),
          hint: 'correct the name, or add the profile',
        },
      ];
    });
  },
};
