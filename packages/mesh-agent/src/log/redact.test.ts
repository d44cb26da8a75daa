import { readSettings } from '@meshrs/contract';
import { formatIssue } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { createRedaction, withoutSecret } from './redact.ts';

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

describe('withoutSecret', () => {
  const issuesOf = (text: string) => {
    const read = readSettings('meshrr.conf.yml', text);
    return read.ok ? [] : read.issues.map(withoutSecret).map(formatIssue);
  };

  it('shows neither the value nor what repeats it', () => {
    const text = 'asn: "65000"\nmode: evpnrs\nencrypted_root_pw: 123456\nbgpgroups: []\n';
    expect(issuesOf(text)).toHaveLength(1);
    expect(issuesOf(text).join('')).not.toContain('123456');
  });

  it('leaves every other issue as it is', () => {
    expect(issuesOf('asn: 65000\nmode: evpnrs\nbgpgroups: []\n').join('')).toContain('write "65000"');
  });
});
