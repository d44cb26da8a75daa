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

  it.each(['E0-1', '$6$x', 'E0123456789', 'E01234567890'])('hides a secret of few characters, too: %s', (secret) => {
    expect(createRedaction([secret])(`licence ${secret}, again ${secret}`)).toBe('licence [hidden], again [hidden]');
  });

  it.each([[['E0-1', 'E0-1-long-form']], [['E0-1-long-form', 'E0-1']]])(
    'hides a secret whole that contains another one: %j',
    (secrets) => {
      expect(createRedaction(secrets)('E0-1-long-form and E0-1')).toBe('[hidden] and [hidden]');
    },
  );

  it.each([
    'password',
    'passwd',
    'rootPass',
    'encrypted_root_pw',
    'token',
    'tokenFile',
    'clientSecret',
    'license',
    'LICENCE_KEY',
    'Authorization',
    'privateKey',
    'credentials',
  ])('takes "%s" for the name of a secret', (key) => {
    expect(createRedaction([])({ [key]: 'x' })).toEqual({ [key]: '[hidden]' });
  });

  it.each(['passive', 'pod', 'pw_age', 'key', 'settings'])('takes "%s" for no name of a secret', (key) => {
    expect(createRedaction([])({ [key]: 'x' })).toEqual({ [key]: 'x' });
  });

  it('shows that a secret is not set', () => {
    expect(createRedaction([])({ token: null, count: 3, isReady: false, none: undefined })).toEqual({
      token: null,
      count: 3,
      isReady: false,
      none: undefined,
    });
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

  it.each([
    ['root_password: planted', ['There is no key "root_password" here', 'seen:    root_password']],
    ['licence_token: planted', ['There is no key "licence_token" here', 'remove the key']],
    ['encrypted_root_pw: 123456', ['it is not shown, because it is a secret', 'do:      write it in quotes']],
    ['encrypted_root_pw: {planted: 1}', ['it is not shown', 'do:      correct the value']],
  ])('says what is wrong all the same: %s', (line, words) => {
    const said = issuesOf(`asn: "65000"\nmode: evpnrs\n${line}\nbgpgroups: []\n`).join('\n');
    for (const each of words) expect(said).toContain(each);
    expect(said).not.toMatch(/planted|123456/);
  });

  it('leaves every other issue as it is', () => {
    expect(issuesOf('asn: 65000\nmode: evpnrs\nbgpgroups: []\n').join('')).toContain('write "65000"');
  });
});
