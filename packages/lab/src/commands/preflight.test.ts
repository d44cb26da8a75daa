import { describe, expect, test } from 'vitest';
import { LabFailure } from '../host/failure.ts';
import { assertLabName, assertLinuxRoot, assertRoom } from './preflight.ts';

const gibibyte = 1024 ** 3;
const machine = { platform: 'linux', userId: 0, availableMemory: 16 * gibibyte, freeDisk: 50 * gibibyte };
const dci = { nodes: 4, speakers: 8, hasArgoCd: false };

function failureOf(work: () => void): Pick<LabFailure, 'code' | 'message' | 'next'> {
  try {
    work();
  } catch (error) {
    if (error instanceof LabFailure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('assertLinuxRoot', () => {
  test('lets root on Linux pass', () => {
    expect(() => {
      assertLinuxRoot(machine);
    }).not.toThrow();
  });

  test.each([
    ['not-linux', { platform: 'darwin', userId: 501 }, 'The lab needs Linux'],
    ['not-root', { platform: 'linux', userId: 1000 }, 'this is user 1000'],
  ])('%s', (code, seen, message) => {
    const failure = failureOf(() => {
      assertLinuxRoot(seen);
    });
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.next).not.toBe('');
  });
});

describe('assertRoom', () => {
  test('lets a machine with room pass', () => {
    expect(() => {
      assertRoom(machine, dci);
    }).not.toThrow();
  });

  test.each([
    ['not-enough-memory', { ...machine, availableMemory: 1 * gibibyte }, '1024 MiB are available'],
    ['not-enough-disk', { ...machine, freeDisk: 1 * gibibyte }, '1024 MiB are free'],
  ])('%s', (code, seen, message) => {
    const failure = failureOf(() => {
      assertRoom(seen, dci);
    });
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
  });
});

describe('assertLabName', () => {
  test.each(['dci', 'dci-vrf', 'a', 'two-behind'])('takes %s', (name) => {
    expect(() => {
      assertLabName(name);
    }).not.toThrow();
  });

  test.each(['', 'Dci', '1st', 'dci-', 'a.b', 'dci/x', 'elevenchars'])('refuses "%s"', (name) => {
    expect(
      failureOf(() => {
        assertLabName(name);
      }).code,
    ).toBe('bad-lab-name');
  });
});
