import { attributeTypes } from './attributes.ts';
import { typeOf, type EvpnRoute } from './route.ts';

/** What is not as it was sent. */
export function routeDifferences(sent: EvpnRoute, seen: EvpnRoute, asPath: readonly number[]): string[] {
  const types = new Set([...sent.attributes.keys(), ...seen.attributes.keys()]);
  return [
    ...differ('next hop', sent.nextHop, seen.nextHop),
    ...differ('AS path', asPath.join(' '), seen.asPath.join(' ')),
    ...[...types].flatMap((type) =>
      differ(attributeName(type), sent.attributes.get(type)?.join(' '), seen.attributes.get(type)?.join(' ')),
    ),
  ];
}

/** "type 2, 0201…": short, and unique among the lab's routes. */
export function describeRoute(nlri: string): string {
  return `type ${String(typeOf(nlri))} (${nlri})`;
}

function differ(what: string, sent: string | undefined, seen: string | undefined): string[] {
  return sent === seen ? [] : [`${what}: sent ${sent ?? 'none'}, seen ${seen ?? 'none'}`];
}

function attributeName(type: number): string {
  const known = Object.entries(attributeTypes).find(([, number]) => number === type);
  return known ? `${known[0]} (attribute ${String(type)})` : `attribute ${String(type)}`;
}
