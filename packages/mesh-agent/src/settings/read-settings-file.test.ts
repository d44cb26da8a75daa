import { createScratch } from '@meshrs/test-kit/scratch';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettingsFile } from './read-settings-file.ts';

const scratch = createScratch();
const file = join(scratch.folder, 'meshrr.conf.yml');
afterAll(() => {
  scratch.remove();
});

const head = "asn: '65000'\nmode: evpnrs\nengine: frr\n";
const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

describe('a settings file', () => {
  it('of 5000 declared clients is read', async () => {
    const neighbors = many(
      5000,
      (i) =>
        `      - name: dc1-leaf-${String(i)}\n        address: '10.9.${String(i >> 8)}.${String(i & 255)}'\n        asn: '${String(4_200_000_000 + i)}'\n`,
    );
    write(
      `${head}bgpgroups:\n  - name: CLIENTS\n    type: subtractive\n    prefixes: ['192.168.0.0/16']\n    neighbors:\n${neighbors}`,
    );
    expect(await readSettingsFile(file)).toMatchObject({ ok: true });
  });

  it.each([
    ['unknown keys', many(30_000, (i) => `k${String(i)}: v\n`)],
    ['the same key', many(30_000, () => 'k: v\n')],
    ['aliases', `k: [${'*a,'.repeat(30_000)}]\n`],
    ['wrong values', `bgpgroups: [${'1,'.repeat(30_000)}]\n`],
  ])('of tens of thousands of %s is refused for the first of them', async (_, text) => {
    write(`${head}${text}`);
    const reading = await readSettingsFile(file);
    const issues = reading.ok ? [] : reading.issues;
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)?.code).toBe('more-issues');
    // Of each 30 000 lines or entries one is right, or none.
    expect([29_899, 29_900, 29_901]).toContain(issues.at(-1)?.untold);
  });

  it('that is longer than a ConfigMap may be is not read', async () => {
    write(`${head}# ${'x'.repeat(1024 * 1024)}`);
    await expect(readSettingsFile(file)).rejects.toMatchObject({ code: 'file-not-readable' });
  });
});

describe('a secret that lacks its quotes', () => {
  it.each([
    ...[
      '*LeakMe12',
      '&a LeakMe12: x',
      '!LeakMe12 x',
      '!<LeakMe12> x',
      '|LeakMe12',
      '>LeakMe12',
      ']LeakMe12',
      '}LeakMe12',
    ],
    ...[
      '? {LeakMe12: x}',
      '\n  ? {LeakMe12: x}',
      '\n  ? [LeakMe12]\n  : y',
      '\n  LeakMe12: 1\n  LeakMe12: 2',
      '{<<: *LeakMe12}',
    ],
  ])('is not shown: %j', async (value) => {
    write(`encrypted_root_pw: ${value}\n${head}bgpgroups: []\n`);
    const reading = await readSettingsFile(file);

    expect(reading.ok).toBe(false);
    expect(JSON.stringify(reading)).not.toContain('LeakMe');
  });
});

function write(text: string): void {
  writeFileSync(file, text);
}
