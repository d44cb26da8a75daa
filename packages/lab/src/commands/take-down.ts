import { LabFailure } from '../host/failure.ts';
import { findRemains, killProcesses, removeFolders, removeThings, type Remains } from '../lab/remains.ts';
import { waitUntil } from '../host/wait.ts';
import type { Lab } from '../lab/lab.ts';

/** Removes everything of a lab, in whatever state it is, and makes sure that nothing is left. */
export async function takeDown(lab: Lab): Promise<void> {
  // A process that ends can leave one behind that has just been started: look until none is found.
  await waitUntil('every process of the lab has ended', () => killProcesses(lab) === 0, {
    deadlineMs: 30_000,
    intervalMs: 50,
    next: 'look with ps what holds it, then run "meshrs lab down" again',
    seen: () => findRemains(lab).processes.join('; '),
  });
  await waitUntil(
    'nothing of the lab is left',
    async () => {
      await removeThings(lab);
      const { processes, mounts, cgroups, namespaces, interfaces } = findRemains(lab);
      return [processes, mounts, cgroups, namespaces, interfaces].every((list) => list.length === 0);
    },
    {
      deadlineMs: 30_000,
      intervalMs: 200,
      next: 'remove it by hand, then run "meshrs lab down" again',
      seen: () => describe(findRemains(lab)),
    },
  );
  removeFolders(lab);
  const remains = findRemains(lab);
  if (Object.values(remains).some((list: readonly string[]) => list.length > 0)) {
    throw new LabFailure({
      code: 'something-left',
      message: `Something of the lab "${lab.name}" is left: ${describe(remains)}`,
      next: 'remove it by hand, then run "meshrs lab down" again',
    });
  }
}

function describe(remains: Remains): string {
  return Object.entries(remains)
    .flatMap(([kind, list]: [string, readonly string[]]) => (list.length === 0 ? [] : [`${kind}: ${list.join(', ')}`]))
    .join('; ');
}
