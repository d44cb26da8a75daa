import { describe, expect, it } from 'vitest';
import { createRedaction } from './redact.ts';

describe('createRedaction', () => {
  const redact = createRedaction(['$6$salt$hash', 'abc']);

  it('hides values of keys that name a secret, at any depth', () => {
    expect(
      redact({ settings: { encrypted_root_pw: 'x', asn: 65000 }, headers: [{ authorization: 'Bearer t' }] }),
    ).toEqual({ settings: { encrypted_root_pw: '[hidden]', asn: 65000 }, headers: [{ authorization: '[hidden]' }] });
  });

  it('hides a known secret inside any text', () => {
    expect(redact({ message: 'refused: "$6$salt$hash"' })).toEqual({ message: 'refused: "[hidden]"' });
  });

  it('leaves texts alone that are too short to be a secret', () => {
    expect(redact('abcdef')).toBe('abcdef');
  });

  it('leaves the given value as it is', () => {
    const value = { token: 't' };
    redact(value);
    expect(value).toEqual({ token: 't' });
  });
});
