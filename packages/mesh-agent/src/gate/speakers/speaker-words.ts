import type { LeftNode } from '@meshrs/gate';

const mostNamed = 3;

/** "one; two; three; and 4 more" */
export function andMore(texts: readonly string[]): string {
  const more = texts.length > mostNamed ? [`and ${String(texts.length - mostNamed)} more`] : [];
  return [...texts.slice(0, mostNamed), ...more].join('; ');
}

/** Undefined: no node is left. */
export function describeLeft(left: readonly LeftNode[]): string | undefined {
  if (left.length === 0) return undefined;
  return `MetalLB's pods stay as they were on ${andMore(left.map(({ node, why }) => `${node} (${why})`))}. A later sync that opens the side replaces them.`;
}
