import { readCommunity } from '@meshrs/network';
import type { Built } from '../../built/built.ts';
import type { BgpAdvertisementView, CommunityView } from '../../built/views.ts';
import { listed } from '../../words.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';

/*
 * MetalLB's webhook leaves out what may be the name of a Community (its config, `resetTransientErrorsFields`); its controller and
 * speakers do not.
 */

export const communityValues: Rule = {
  id: 'community-values',
  title: 'MetalLB cannot read a community, or a Community gives it another value',
  why: 'Over a community that it cannot read MetalLB keeps its whole old configuration, that of the other side too, and a speaker that starts anew has no session.',
  isWaivable: false,
  check: (cluster, { metallbNamespace, metallbBackend }) => {
    // MetalLB reads those of its own namespace.
    const definitions = cluster.communities
      .filter(({ view }) => view.metadata.namespace === metallbNamespace)
      .flatMap(({ id, view }) => view.spec.communities.map((each) => ({ id, ...each })));
    const names = [...new Set(definitions.map(({ name }) => name))];
    return [
      ...cluster.bgpAdvertisements.flatMap((advertisement) => ofAdvertisement(advertisement, names, metallbBackend)),
      ...definitions.flatMap((definition, index) => [
        ...ofDefinition(definition, metallbBackend),
        ...definitions
          .slice(0, index)
          .filter(({ name }) => name === definition.name)
          .map(({ id }) => twice(definition, id))
          .slice(0, 1),
      ]),
    ];
  },
};

type Backend = ClusterFacts['metallbBackend'];
type Definition = CommunityView['spec']['communities'][number] & { readonly id: string };

const forms = (backend: Backend): string =>
  backend === 'native' ? '0:0 to 65535:65535' : '0:0 to 65535:65535, or large:A:B:C with numbers up to 4294967295';

function ofAdvertisement(
  { id: object, view: { spec } }: Built<BgpAdvertisementView>,
  names: readonly string[],
  backend: Backend,
): RuleFinding[] {
  return spec.communities.flatMap((text): RuleFinding[] => {
    if (names.includes(text)) return [];
    const read = readCommunity(text);
    if (read === 'name') {
      return [
        {
          object,
          message: `The advertisement names the community ${text}, which no Community defines.`,
          seen: text,
          allowed: `${forms(backend)}, or a name of a Community: ${listed(names)}`,
          hint: 'correct it in spec.communities, or add a Community with this name in the namespace of MetalLB',
        },
      ];
    }
    const fault = faultOf(text, backend);
    return fault === undefined ? [] : [{ object, ...fault, hint: 'correct it in spec.communities' }];
  });
}

/** Of a text that must be a community. */
function faultOf(text: string, backend: Backend): Pick<RuleFinding, 'message' | 'seen' | 'allowed'> | undefined {
  const read = readCommunity(text);
  const allowed = forms(backend);
  if (typeof read === 'string') return { message: `${text} is no community that MetalLB reads.`, seen: text, allowed };
  if (read.kind === 'standard' || backend !== 'native') return undefined;
  return { message: `MetalLB's own BGP has no large community, and ${text} is one.`, seen: text, allowed };
}

function ofDefinition({ id: object, name, value }: Definition, backend: Backend): RuleFinding[] {
  const fault = faultOf(value, backend);
  const isNumber = typeof readCommunity(name) === 'object';
  return [
    ...(fault === undefined ? [] : [{ object, ...fault, hint: `correct the value of ${name} in spec.communities` }]),
    // MetalLB looks for a name first (its config, `getCommunityValue`).
    ...(isNumber
      ? [
          {
            object,
            message: `The Community gives the community ${name} another meaning: each advertisement that has it would have ${value}.`,
            seen: name,
            allowed: 'names that are no community',
            hint: 'give it a name of letters in spec.communities',
          },
        ]
      : []),
  ];
}

function twice({ id: object, name }: Definition, other: string): RuleFinding {
  return {
    object,
    message: `The Community defines ${name}, which ${other === object ? 'it has already' : `${other} defines too`}.`,
    seen: name,
    allowed: 'each name once',
    hint: 'remove one of the two from spec.communities',
  };
}
