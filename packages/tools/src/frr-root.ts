// What is made of FRR's packages. Every change of this file unpacks them again on every machine, since its text is part of
// the folder's name: what only speaks of it, or finds it, stands in ensure-frr.ts.
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrrPin } from './pins.ts';

export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Unpacks the packages into a folder that is to stand for `/`. */
export function unpackCommand(from: {
  readonly root: string;
  readonly mirror: string;
  /** File with settings of apt. */
  readonly settings: string;
  readonly pin: FrrPin;
}): [string, ...string[]] {
  const { root, mirror, settings, pin } = from;
  return [
    'mmdebstrap',
    // Unpacked only: no package's own script runs, so nothing needs to be started inside.
    '--variant=extract',
    '--format=directory',
    `--include=${pin.packages.join(',')}`,
    `--aptopt=${settings}`,
    pin.debianSuite,
    root,
    `deb [signed-by=${keyring}] ${mirror} ${pin.debianSuite} main`,
  ];
}

/** Adds what the packages' scripts would have made and a daemon needs, in place or after chroot. */
export function completeRoot(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    if (!existsSync(join(root, name)) && existsSync(join(root, 'usr', name)))
      symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const name of ['proc', 'sys', 'run/frr', 'var/lib/frr', 'var/tmp/frr', 'etc/frr']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const passwords = ['root:x:0:0:root:/root:/bin/sh', 'frr:x:100:101:FRR:/var/run/frr:/usr/sbin/nologin', ''];
  writeFileSync(join(root, 'etc/passwd'), passwords.join('\n'));
  writeFileSync(join(root, 'etc/group'), ['root:x:0:', 'frr:x:101:', 'frrvty:x:102:frr,root', ''].join('\n'));
  // vtysh asks PAM, and the packages' scripts would have made the common files that Debian's own settings name.
  const permit = ['auth', 'account', 'session'].map((facility) => `${facility} sufficient pam_permit.so`);
  writeFileSync(join(root, 'etc/pam.d/frr'), [...permit, ''].join('\n'));
  rmSync(join(root, 'etc/pam.d/other'));
}
