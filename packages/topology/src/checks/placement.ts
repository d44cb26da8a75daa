import { nearest, type Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';
import { claimedTwice, listWords } from './check.ts';

/** Sides and clusters fit each other. */
export function checkPlacement(topology: Topology): Finding<CheckCode>[] {
  return [
    ...tooFewSides(topology),
    ...unknownSides(topology),
    ...unplacedSides(topology),
    ...sidesPlacedTwice(topology),
    ...sharedDestinations(topology),
  ];
}

function tooFewSides({ sides }: Topology): Finding<CheckCode>[] {
  const names = Object.keys(sides);
  if (names.length >= 2) return [];
  return [
    {
      code: 'too-few-sides',
      path: ['sides'],
      message: 'Clients keep a session on one side while another changes; that takes two sides.',
      seen: names.length === 0 ? 'no side' : `only side ${names.join()}`,
      allowed: 'two sides or more',
      hint: 'add a second side with a VIP of its own, on nodes of its own',
    },
  ];
}

function unknownSides({ placement, sides, nodes, metallb }: Topology): Finding<CheckCode>[] {
  const known = Object.keys(sides);
  const uses = [
    ...Object.entries(placement.clusters).flatMap(([cluster, { sides: placed }]) =>
      placed.map((side, index) => ({ side, path: ['placement', 'clusters', cluster, 'sides', index] })),
    ),
    ...Object.entries(nodes).map(([node, { side }]) => ({ side, path: ['nodes', node, 'side'] })),
    ...Object.keys(metallb.password.secrets).map((side) => ({
      side,
      path: ['metallb', 'password', 'secrets', side],
    })),
  ];
  return uses
    .filter(({ side }) => !known.includes(side))
    .map(({ side, path }) => unknownReference('unknown-side', side, path, 'side', 'sides', known));
}

function unplacedSides({ placement, sides }: Topology): Finding<CheckCode>[] {
  const placed = new Set(Object.values(placement.clusters).flatMap((cluster) => cluster.sides));
  return Object.keys(sides)
    .filter((side) => !placed.has(side))
    .map((side) => ({
      code: 'side-without-cluster',
      path: ['sides', side],
      message: `No cluster under placement.clusters has the side ${side}.`,
      seen: side,
      allowed: 'each side in exactly one cluster',
      hint: `add ${side} to the sides of one of ${listWords(Object.keys(placement.clusters))}`,
    }));
}

function sidesPlacedTwice({ placement }: Topology): Finding<CheckCode>[] {
  const claims = Object.entries(placement.clusters).flatMap(([cluster, { sides }]) =>
    sides.map((side, index) => ({
      path: ['placement', 'clusters', cluster, 'sides', index],
      owner: `cluster ${cluster}`,
      value: side,
    })),
  );
  return claimedTwice(claims, (claim, first) => ({
    code: 'side-on-two-clusters',
    allowed: 'each side in exactly one cluster',
    message: `The side ${claim.value} is placed on both ${first.owner} and ${claim.owner}.`,
    hint: 'leave it on one of the two',
  }));
}

function sharedDestinations({ placement }: Topology): Finding<CheckCode>[] {
  const claims = Object.entries(placement.clusters).map(([cluster, { destination }]) => ({
    path: ['placement', 'clusters', cluster],
    owner: `cluster ${cluster}`,
    value: destination ?? 'the cluster in which Argo CD runs',
  }));
  return claimedTwice(claims, (claim, first) => ({
    code: 'destination-twice',
    allowed: 'a destination of its own for each cluster',
    message: `Argo CD would apply ${first.owner} and ${claim.owner} to the same cluster: ${claim.value}.`,
    hint: 'set destination to the name that "argocd cluster list" shows for it',
  }));
}

/** A finding for a name that stands for nothing, with the nearest one that exists. */
export function unknownReference(
  code: CheckCode,
  name: string,
  path: readonly (string | number)[],
  kind: string,
  place: string,
  known: readonly string[],
): Finding<CheckCode> {
  const guess = nearest(name, known);
  return {
    code,
    path,
    message: `There is no ${kind} "${name}" under ${place}${guess === undefined ? '.' : `; did you mean "${guess}"?`}`,
    seen: name,
    allowed: listWords(known),
    hint: guess === undefined ? `add it under ${place}, or name one that is there` : `write ${guess}`,
  };
}
