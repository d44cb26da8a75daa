import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '@meshrs/test-kit/daemon';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';

const scriptsFrr = join(import.meta.dirname, '../../../../scripts/frr');
const daemons = ['mgmtd', 'zebra', 'bfdd', 'bgpd', 'ospfd', 'isisd'] as const;

/** All daemons of FRR that a router's text is for, without an interface, in namespaces that end with this process. */
export interface FrrDaemons {
  readonly folder: string;
  /** Gives a file to vtysh, which brings each line to the daemons that know it. */
  load(file: string): VtyshAnswer;
  /** Commands, one after the other, in the mode that the one before left. */
  run(commands: readonly string[]): VtyshAnswer;
  /** What all of them run together. */
  running(): string;
  end(): Promise<void>;
}

export interface VtyshAnswer {
  readonly status: number | null;
  /** What it printed, without the lines of each load. */
  readonly complaints: readonly string[];
}

/** mgmtd first: zebra and the others ask it for what they were told. */
const script = `
  mount -t tmpfs -o mode=755 run /run
  mkdir /run/frr
  ip link set lo up
  start() {
    "$frr" exec "$1" --user root --group root --vty_port 0 --vty_socket "$folder" --log stdout &
    until [[ -S $folder/$1.vty ]]; do sleep 0.05; done
  }
  for daemon in "$@"; do start "$daemon"; done
  touch "$folder/started"
  wait
`;

export async function startFrrDaemons(): Promise<FrrDaemons> {
  const scratch = createScratch();
  const { folder } = scratch;
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child'];
  const all = startDaemon('unshare', [...namespaces, 'bash', '-euc', script, 'frr', ...daemons], {
    ...process.env,
    frr: scriptsFrr,
    folder,
  });
  await waitFor(
    'the daemons of FRR listen',
    () => (all.isRunning() ? existsSync(join(folder, 'started')) : all.output()),
    (seen) => seen === true,
    60_000,
  );
  const vtysh = (args: readonly string[]) =>
    spawnSync(scriptsFrr, ['exec', 'vtysh', '--vty_socket', folder, ...args], { encoding: 'utf8' });
  const answer = (args: readonly string[]): VtyshAnswer => {
    const { status, stdout, stderr } = vtysh(args);
    return { status, complaints: `${stdout}${stderr}`.split('\n').filter(isComplaint) };
  };
  return {
    folder,
    load: (file) => answer(['-f', file]),
    run: (commands) => answer(commands.flatMap((command) => ['-c', command])),
    running: () => vtysh(['-c', 'show running-config']).stdout,
    end: async () => {
      await all.end('SIGKILL');
      scratch.remove();
    },
  };
}

/** vtysh tells which daemon it is at, of every load, and mgmtd where it learns nothing new. */
const progress =
  /^\[\d+\|[a-z]+\] (sending configuration|done)$|^Waiting for children to finish applying config\.\.\.$|^% Configuration applied with notes:$|^No changes found to be committed!$/;

function isComplaint(line: string): boolean {
  return line.trim() !== '' && !progress.test(line);
}
