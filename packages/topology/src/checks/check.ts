import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

export { at, claimedTwice, listWords, type Claim } from '@meshrs/contract';

/** A rule over a whole topology: what it finds wrong. */
export type Check = (topology: Topology) => Finding<CheckCode>[];
