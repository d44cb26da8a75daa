import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ids } from '@meshrs/contract';
import { debianMirrors } from '@meshrs/tools/debian-mirrors';
import { pins } from '@meshrs/tools/pins';
import { LabFailure } from '../host/failure.ts';
import { run, tryRun } from '../host/run.ts';
import { locateFrrK8sTools } from '../lab/tools.ts';

/** What frr-k8s' containers run: FRR's daemons, the reloader in Python with its shell, and an init. */
const packages = [
  ...['frr', 'frr-pythontools', 'python3-minimal', 'libpython3-stdlib', 'tini'],
  ...['bash', 'dash', 'coreutils', 'grep', 'procps', 'sed', 'util-linux'],
];

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** As in FRR's official image: watchfrr starts the daemons that /etc/frr/daemons names. */
const dockerStart = `#!/bin/bash
source /usr/lib/frr/frrcommon.sh
exec /usr/lib/frr/watchfrr $(daemon_list)
`;

/** The root of FRR's image for frr-k8s, unpacked once from the Debian suite that the tests' FRR comes from. */
export async function frrToolsRoot(repository: string, env: NodeJS.ProcessEnv): Promise<string> {
  const recipe = createHash('sha256')
    .update(readFileSync(join(repository, 'packages/lab/src/images/frr-tools-root.ts')))
    .digest('hex')
    .slice(0, 12);
  const parent = join(repository, '.cache/images');
  const folder = join(parent, `frr-tools-${pins.frr.debianSuite}-${recipe}`);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  for (const older of globSync('frr-tools-*', { cwd: parent })) rmSync(join(parent, older), { recursive: true });
  const draft = join(parent, `frr-tools-draft-${String(process.pid)}`);
  await unpack(draft, locateFrrK8sTools(repository, env).mmdebstrap, env);
  complete(draft);
  renameSync(draft, folder);
  return folder;
}

async function unpack(root: string, mmdebstrap: string, env: NodeJS.ProcessEnv): Promise<void> {
  const suite = pins.frr.debianSuite;
  const dump = await run(['apt-config', 'dump', 'Acquire']);
  const settings = `${root}.apt.conf`;
  const lines = dump.split('\n').filter((line) => /^Acquire::(http|https|Check-|Retries|ForceIPv)/.test(line));
  writeFileSync(settings, [...lines, 'Acquire::Languages "none";', ''].join('\n'));
  const refusals: string[] = [];
  try {
    for (const mirror of await debianMirrors(env)) {
      const result = await tryRun(
        [
          ...([mmdebstrap, '--variant=extract', '--format=directory', `--include=${packages.join(',')}`] as const),
          ...[`--aptopt=${settings}`, suite, root, `deb [signed-by=${keyring}] ${mirror} ${suite} main`],
        ],
        { timeoutMs: 300_000 },
      );
      if (result.status === 0) return;
      refusals.push(result.stderr.trim().split('\n').at(-1) ?? '');
      rmSync(root, { recursive: true, force: true });
    }
  } finally {
    rmSync(settings, { force: true });
  }
  throw new LabFailure({
    code: 'image-missing',
    message: `No Debian mirror gives FRR and its tools of ${suite}: ${refusals.join('; ') || 'apt names no mirror'}`,
    next: 'name a mirror: MESHRS_DEBIAN_MIRROR=ADDRESS, or run the lab with the native backend of MetalLB',
  });
}

/** Adds what the packages' own scripts would have made. */
function complete(root: string): void {
  // The sockets' volume is mounted at /var/run/frr, the daemons look in /run/frr.
  rmSync(join(root, 'var/run'), { recursive: true });
  symlinkSync('/run', join(root, 'var/run'));
  for (const name of ['var/lib/frr', 'var/tmp/frr', 'var/log/frr', 'run/frr', 'etc/frr']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const { user, group } = ids.frr;
  writeFileSync(
    join(root, 'etc/passwd'),
    `root:x:0:0:root:/root:/bin/sh\nfrr:x:${String(user)}:${String(group)}:FRR:/var/run/frr:/usr/sbin/nologin\n`,
  );
  writeFileSync(join(root, 'etc/group'), `root:x:0:\nfrr:x:${String(group)}:\nfrrvty:x:102:frr,root\n`);
  // vtysh asks PAM.
  const permit = ['auth', 'account', 'session'].map((facility) => `${facility} sufficient pam_permit.so\n`);
  writeFileSync(join(root, 'etc/pam.d/frr'), permit.join(''));
  rmSync(join(root, 'etc/pam.d/other'), { force: true });
  if (!existsSync(join(root, 'usr/sbin/tini'))) symlinkSync('../bin/tini', join(root, 'usr/sbin/tini'));
  writeFileSync(join(root, 'usr/lib/frr/docker-start'), dockerStart);
  chmodSync(join(root, 'usr/lib/frr/docker-start'), 0o755);
}
