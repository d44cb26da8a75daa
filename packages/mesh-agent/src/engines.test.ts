import { engines } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { supportOf } from './engines.ts';

describe('the engines', () => {
  it('that this agent does not run are refused with those that it runs', () => {
    expect(() => supportOf('crpd')).toThrow(
      expect.objectContaining({
        code: 'engine-not-supported',
        message:
          'The settings say "engine: crpd", and this agent runs frr alone. Write another engine into the settings.',
      }),
    );
  });

  it('are refused or supported, each of the contract', () => {
    const supported = engines.filter((engine) => {
      try {
        return supportOf(engine);
      } catch {
        // Refused: the test above says how.
        return false;
      }
    });
    expect(supported).toEqual(['frr']);
  });
});
