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
    'Error from server (Forbidden): pods "x" is forbidden: User "alice" cannot delete resource "pods"',
    'Unable to connect to the server: EOF',
    'error: the server could not find the requested resource',
    '',
  ])('takes nothing else for a refusal: %j', (text) => {
    expect(failed(text)).toEqual({ kind: 'unknown', text });
  });
});

describe('messageProblems', () => {
  it('has none with a message that says what, why and what to do', () => {
    expect(
      messageProblems(
        'Pod x-0 of side a cannot be deleted by alice: no side is open. Change it by a commit, which waits for its turn.',
      ),
    ).toEqual([]);
  });

  it.each(['no', 'Pod x cannot be deleted: no side is open', 'failed expression: variables.isOpen.'])(
    'has some with %j',
    (message) => {
      expect(messageProblems(message)).not.toEqual([]);
    },
  );
});
