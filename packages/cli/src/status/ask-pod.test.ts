import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { askPod, type AskByWay } from './ask-pod.ts';

const options = { deadlineMs: 5000, headStartMs: 1000 };
const answers =
  (status: number, body: string): AskByWay =>
  () =>
    Promise.resolve({ status, body });
const fails =
  (message: string): AskByWay =>
  () =>
    Promise.reject(new Error(message));
const never: AskByWay = async (signal) => {
  await sleep(60_000, undefined, { signal });
  return { status: 200, body: 'too late' };
};
const unasked: AskByWay = () => {
  throw new Error('nobody may ask this way');
};

describe('askPod', () => {
  test('does not ask the proxy where a port-forward answers', async () => {
    let isAsked = false;
    const proxy: AskByWay = (signal) => {
      isAsked = true;
      return never(signal);
    };
    expect(await askPod(answers(200, 'forward'), proxy, options)).toEqual({ answer: { status: 200, body: 'forward' } });
    expect(isAsked).toBe(false);
  });

  test.each([
    ['is refused', answers(403, 'no')],
    ['finds nobody inside', fails('connection refused')],
    ['is not even tried', unasked],
  ])('asks the proxy at once where the port-forward %s', async (_, forward) => {
    const slow = { deadlineMs: 120_000, headStartMs: 60_000 };
    expect(await askPod(forward, answers(200, 'proxy'), slow)).toEqual({ answer: { status: 200, body: 'proxy' } });
  });

  test('asks the proxy beside a port-forward that takes long, and takes whichever answers', async () => {
    const quick = { deadlineMs: 60_000, headStartMs: 1 };
    expect(await askPod(never, answers(200, 'proxy'), quick)).toEqual({ answer: { status: 200, body: 'proxy' } });
    const late: AskByWay = async () => {
      await sleep(50);
      return { status: 200, body: 'forward' };
    };
    expect(await askPod(late, answers(503, 'no way'), quick)).toEqual({ answer: { status: 200, body: 'forward' } });
  });

  test('tells why of both ways where neither answers', async () => {
    expect(await askPod(fails('connection refused'), answers(503, 'no way'), options)).toEqual({
      forward: { silent: 'connection refused' },
      proxy: { refused: { status: 503, body: 'no way' } },
    });
    expect(await askPod(never, never, { deadlineMs: 100, headStartMs: 10 })).toEqual({
      forward: { silent: 'no answer within 0.1 s' },
      proxy: { silent: 'no answer within 0.1 s' },
    });
  });

  test('leaves nothing that goes on once there is an answer', async () => {
    let isEnded = false;
    const forward: AskByWay = (signal) => {
      signal.addEventListener('abort', () => (isEnded = true));
      return never(signal);
    };
    await askPod(forward, answers(200, 'proxy'), { deadlineMs: 60_000, headStartMs: 1 });
    expect(isEnded).toBe(true);
  });
});
