import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('@meshrs/contract/status');
  vi.resetModules();
});

it('an agent that starts does not make the schema of GET /status; who reads another agent does', async () => {
  vi.resetModules();
  vi.doMock('@meshrs/contract/status', () => {
    throw new Error('the schema is loaded');
  });
  await expect(import('../cli/run.ts')).resolves.toHaveProperty('run');
  // What this would look like.
  await expect(import('./read-status.ts')).rejects.toThrow();
});
