import { expect, it } from 'vitest';
import { LabFailure } from './failure.ts';
import { untilAnswered } from './until-answered.ts';

const asking = { what: 'GET /api/v1/nodes', next: 'read the log', everyMs: 1 };
const refusal = new LabFailure({ code: 'refused', message: 'status 403', next: 'nothing' });

it.each([0, 1, 5])('has the answer that comes after %i tries without one', async (silent) => {
  let tries = 0;
  const ask = () => (tries++ < silent ? Promise.reject(new Error('no answer within 10 s')) : Promise.resolve('nodes'));
  expect(await untilAnswered(ask, asking)).toBe('nodes');
  expect(tries).toBe(silent + 1);
});

it('takes a refusal for an answer, at once', async () => {
  let tries = 0;
  const ask = () => {
    tries += 1;
    return Promise.reject(refusal);
  };
  await expect(untilAnswered(ask, asking)).rejects.toBe(refusal);
  expect(tries).toBe(1);
});

it('says of whom there was no answer, how often it asked, and what the last try came to', async () => {
  const ask = () => Promise.reject(new Error('The operation was aborted due to timeout'));
  await expect(untilAnswered(ask, { ...asking, forMs: 0 })).rejects.toMatchObject({
    message:
      'No answer to GET /api/v1/nodes within 0 s, at the last of 1 tries: The operation was aborted due to timeout',
    code: 'not-in-time',
  });
});
