import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goldenFiles } from '@meshrs/router-config/device-cases';
import { createScratch } from '@meshrs/test-kit/scratch';

/*
 * Junos' files against Juniper's own YANG models (third_party/junos-check): every statement is one of theirs, its value is one that
 * its type takes, and each policy, list and community that is named is there.
 */

const junosCheck = join(import.meta.dirname, '../../../../third_party/junos-check/junos-check');
const files = goldenFiles('junos');

/** Mistakes, and what it has to say of each. */
const mistakes: readonly { what: string; right: string; wrong: string; says: RegExp }[] = [
  { what: 'a statement that is none', right: 'passive;', wrong: 'pasive;', says: /^INVALID[^]*pasive/ },
  {
    what: 'a prefix with two lengths',
    right: 'address 192.168.255.0/32;',
    wrong: 'address 192.168.255.0/32/32;',
    says: /^INVALID[^]*192\.168\.255\.0\/32\/32/,
  },
  { what: 'a missing semicolon', right: 'type external;', wrong: 'type external', says: /^INVALID/ },
  {
    what: 'a policy that is not there',
    right: 'export meshrs-dci-nothing;',
    wrong: 'export meshrs-dci-noting;',
    says: /^UNDEF[^]*meshrs-dci-noting/,
  },
  {
    what: 'an AS number that is too high',
    right: 'peer-as 4259840003;',
    wrong: 'peer-as 4294967296;',
    says: /^INVALID[^]*4294967296/,
  },
  { what: 'a statement at another level', right: 'authentication-key', wrong: 'prefix-list', says: /^INVALID/ },
];

const scratch = createScratch();
afterAll(() => {
  scratch.remove();
});

/** What it says of each file: reading the models takes longer than reading all files. */
const verdicts = new Map<string, string>();
beforeAll(() => {
  const good = readFileSync(files.find((path) => basename(path) === 'r1-junos.junos.conf') ?? '', 'utf8');
  const broken = mistakes.map(({ what, right, wrong }) => {
    const file = fileOf(what);
    writeFileSync(file, good.replace(right, wrong));
    return file;
  });
  const { stdout, stderr, status } = spawnSync(junosCheck, [...files, ...broken], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(1);
  for (const verdict of stdout.split(/^(?=[A-Z])/m)) verdicts.set(/^[A-Z]+ +(\S+)/.exec(verdict)?.[1] ?? '', verdict);
});

test.each(files)('%s is valid, and what it names is there', (file) => {
  expect(verdicts.get(file)).toMatch(/^VALID /);
});

test.each(mistakes)('$what is refused', ({ what, says }) => {
  expect(verdicts.get(fileOf(what))).toMatch(says);
});

function fileOf(what: string): string {
  return join(scratch.folder, `${what.replaceAll(' ', '-')}.conf`);
}
