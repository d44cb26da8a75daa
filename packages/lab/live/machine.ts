import { existsSync, globSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

/** What a lab could leave on a machine, looked for without the lab's own code. */
export interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly interfaces: readonly string[];
  readonly cgroups: readonly string[];
  readonly folders: readonly string[];
}

export function tracesOf(lab: string, repository: string): Traces {
  const state = `${repository}/.lab/${lab}`;
  const run = `/run/meshrs-lab/${lab}`;
  const belongs = (text: string): boolean => text.includes(`${state}/`) || text.includes(`${run}/`) || text === state;
  return {
    processes: readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      // What has ended and waits for init to ask for its status is no process any more (proc(5), state Z).
      .filter((pid) => !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)))
      .filter(
        (pid) =>
          belongs(read(`/proc/${pid}/cmdline`)) ||
          belongs(link(`/proc/${pid}/cwd`)) ||
          read(`/proc/${pid}/cgroup`).includes(`/meshrs-${lab}/`),
      )
      .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    mounts: read('/proc/self/mountinfo')
      .split('\n')
      .filter((line) => belongs(line) || line.includes(`meshrs-${lab}.`)),
    namespaces: existsSync('/run/netns')
      ? readdirSync('/run/netns').filter((name) => name.startsWith(`meshrs-${lab}.`))
      : [],
    interfaces: readdirSync('/sys/class/net').filter((name) => name === `mlab-${lab}`),
    cgroups: globSync([`/sys/fs/cgroup/meshrs-${lab}`, `/sys/fs/cgroup/*/meshrs-${lab}`]),
    folders: [...globSync(`/run/frr/meshrs_${lab}_*`), ...[state, run].filter((folder) => existsSync(folder))],
  };
}

export const noTraces: Traces = { processes: [], mounts: [], namespaces: [], interfaces: [], cgroups: [], folders: [] };

/** Freezes a container of the lab, as runc does for a moment and leaves it when it is killed then. */
export function freezeContainer(lab: string): void {
  const pods = `meshrs-${lab}/pods/*/kubepods/*/pod*/*`;
  const [first, second] = [
    { file: globSync(`/sys/fs/cgroup/freezer/${pods}/freezer.state`)[0], text: 'FROZEN' },
    { file: globSync(`/sys/fs/cgroup/${pods}/cgroup.freeze`)[0], text: '1' },
  ];
  const { file, text } = first.file === undefined ? second : first;
  if (file === undefined) throw new Error(`The lab "${lab}" has no container that could be frozen.`);
  writeFileSync(file, text);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A process that has ended meanwhile has left nothing.
    return '';
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    // As above.
    return '';
  }
}
