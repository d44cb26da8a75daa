import { Failure } from '@meshrs/tools/failure';

export { messageOf, systemCode } from '@meshrs/tools/failure';

/** What of the world refused; the codes are the ones that callers and tests tell apart. */
export type LabFailureCode =
  | 'not-linux'
  | 'not-root'
  | 'bad-lab-name'
  | 'unknown-topology'
  | 'topology-unfit'
  | 'tool-missing'
  | 'not-enough-memory'
  | 'not-enough-disk'
  | 'no-cgroups'
  | 'lab-exists'
  | 'lab-busy'
  | 'lab-half-dead'
  | 'lab-not-up'
  | 'no-such-part'
  | 'stale-tree'
  | 'image-missing'
  | 'command-failed'
  | 'daemon-ended'
  | 'not-in-time'
  | 'refused'
  | 'something-left';

/** A failure with one of the lab's codes; it is the same class as everybody's. */
export const LabFailure = Failure<LabFailureCode>;
export type LabFailure = Failure<LabFailureCode>;
