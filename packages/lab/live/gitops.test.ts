import { afterAll, describe, expect, test } from 'vitest';
import { repository, runLabCommand } from './command.ts';
import { noTraces, tracesOf } from './machine.ts';

/** A lab of its own, so that one that is up stays. */
const lab = 'gitops';
const minute = 60_000;

afterAll(async () => {
  await runLabCommand(['down', lab]);
}, 2 * minute);

describe('a lab in which Argo CD brings everything', () => {
  test(
    'comes up, rolls an image side by side, and leaves nothing',
    async () => {
      const up = await runLabCommand(['up', 'dci', lab, 'gitops']);
      expect(up).toEqual({ status: 0, output: expect.stringContaining(`The lab "${lab}" is up`) as string });
      const checks = ['gitops-first-install', 'gitops-image', 'gitops-settings', 'gitops-drift', 'gitops-gate-refuses'];
      const proofs = await runLabCommand(['test', lab, ...checks]);
      expect(proofs).toEqual({ status: 0, output: expect.stringContaining('5 passed, 0 failed') as string });
      // Its parts see another /tmp than this machine does; nothing of it may stay here.
      expect((await runLabCommand(['down', lab])).status).toBe(0);
      expect(tracesOf(lab, repository)).toEqual(noTraces);
    },
    40 * minute,
  );
});
