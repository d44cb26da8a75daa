import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { agentPaths, type AgentPaths } from '../src/paths.ts';

/** A folder that stands for the file system of a pod, with its volumes mounted. */
export interface PodFolder {
  readonly root: string;
  readonly paths: AgentPaths;
  /** Replaces the settings as the kubelet does: a new folder, and the symbolic link `..data` swapped onto it. */
  writeSettings(text: string): Promise<void>;
  /** Puts a fleet.yml into its folder, which is then mounted; undefined: the folder without the file. */
  writeFleet(text: string | undefined): Promise<void>;
  remove(): Promise<void>;
}

export async function createPodFolder(settings: string): Promise<PodFolder> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'meshrs-pod-'));
  const paths = agentPaths(root);
  for (const folder of [
    paths.settingsFolder,
    paths.configFolder,
    paths.requestsFolder,
    path.dirname(paths.resolvConf),
  ]) {
    await mkdir(folder, { recursive: true });
  }
  let generation = 0;
  const writeSettings = async (text: string) => {
    const before = generation;
    generation += 1;
    const folder = `..generation_${String(generation)}`;
    await mkdir(path.join(paths.settingsFolder, folder));
    await writeFile(path.join(paths.settingsFolder, folder, 'meshrr.conf.yml'), text);
    await symlink(folder, path.join(paths.settingsFolder, '..data_tmp'));
    await rename(path.join(paths.settingsFolder, '..data_tmp'), path.join(paths.settingsFolder, '..data'));
    if (before > 0) await rm(path.join(paths.settingsFolder, `..generation_${String(before)}`), { recursive: true });
  };
  const writeFleet = async (text: string | undefined) => {
    await mkdir(paths.fleetFolder, { recursive: true });
    if (text === undefined) {
      await rm(paths.fleet, { force: true });
      return;
    }
    await writeFile(`${paths.fleet}.new`, text);
    await rename(`${paths.fleet}.new`, paths.fleet);
  };
  await writeSettings(settings);
  await symlink('..data/meshrr.conf.yml', paths.settings);
  // A file that was being written when the agent stopped may come between.
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  return { root, paths, writeSettings, writeFleet, remove };
}
