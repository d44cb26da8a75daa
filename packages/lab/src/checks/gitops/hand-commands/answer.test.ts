import { describe, expect, it } from 'vitest';
import { answerOf, messageProblems } from './answer.ts';

const failed = (stderr: string): ReturnType<typeof answerOf> => answerOf({ status: 1, stdout: '', stderr });

describe('answerOf', () => {
  it('takes what was carried out as done', () => {
    expect(answerOf({ status: 0, stdout: 'pod "x" deleted', stderr: 'Warning: not found' })).toEqual({ kind: 'done' });
  });

  it("reads a policy's message", () => {
    const text =
      `Error from server (Forbidden): pods "x-0" is forbidden: ValidatingAdmissionPolicy 'meshrs-pods.x' with binding ` +
      `'meshrs-pods.x' denied request: Pod x-0 of side a cannot be deleted by alice: no side is open.\n`;
    expect(failed(text)).toEqual({
      kind: 'refused',
      message: 'Pod x-0 of side a cannot be deleted by alice: no side is open.',
    });
  });

  it.each([
    [
      'not now',
      `Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.`,
    ],
    [
      'not now',
      'error: unable to drain node "n1" due to error: error when waiting for pod "x-0" in namespace "x" to terminate: context deadline exceeded, continuing',
    ],
    ['nothing to do', 'error: no last revision to roll back to'],
    ['invalid', 'The Turn "x" is invalid: spec: Forbidden: whoever opens says until when and why'],
    [
      'invalid',
      'The Service "x" is invalid: spec.externalTrafficPolicy: Invalid value: "Cluster": may only be set for externally-accessible services',
    ],
    ['nothing to do', 'Error from server (NotFound): services "x" not found'],
    ['nothing to do', 'Error from server (AlreadyExists): pods "x" already exists'],
    [
      'refused by MetalLB',
      'Error from server: admission webhook "bfdprofilevalidationwebhook.metallb.io" denied the request: used by peers',
    ],
  ])('knows %s', (kind, text) => {
    expect(failed(text)).toEqual({ kind });
  });

  it.each([
    'The Pod "x" is invalid: spec: Forbidden: pod updates may not add containers',
    'Error from server (Forbidden): pods "x" is forbidden: User "alice" cannot delete resource "pods"',
    'Unable to connect to the server: EOF',
    'error: the server could not find the requested resource',
    '',
  ])('takes nothing else for a refusal: %j', (text) => {
    expect(failed(text)).toEqual({ kind: 'unknown', text });
  });
});

describe('messageProblems', () => {
  it.each([
    'Pod x-0 of side a cannot be deleted by alice: no side is open. Change it by a commit, which waits for its turn.',
    'PodDisruptionBudget typed, which alice writes, selects route servers. Select by the label app with another value.',
  ])('has none with a message that says what, who and what to do: %s', (message) => {
    expect(messageProblems(message, 'alice')).toEqual([]);
  });

  it.each([
    'no',
    'Pod x cannot be deleted by alice: no side is open',
    'Pod x cannot be deleted by alice: no side is open.',
    'Pod x cannot be deleted by bob: no side is open. Change it by a commit.',
    'failed expression: variables.isOpen.',
  ])('has some with %j', (message) => {
    expect(messageProblems(message, 'alice')).not.toEqual([]);
  });
});
