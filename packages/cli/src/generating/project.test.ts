import { describe, expect, it } from 'vitest';
import { noCache } from '../tools/result-cache.ts';
import { readProject, type Project } from './project.ts';
import { countedMemory } from '../../test/support/counted-memory.ts';
import { scratchRepository, tools, type ScratchRepository } from '../../test/support/scratch-repository.ts';

function read({ path }: ScratchRepository, programIdentity: string, cache = noCache): Promise<Project> {
  return readProject(path, { programIdentity, cache, kustomize: () => tools.kustomize });
}

describe('what the topologies give', () => {
  it('comes back from memory as it was', async () => {
    const repository = scratchRepository();
    const memory = countedMemory();

    const first = await read(repository, 'program', memory);
    const second = await read(repository, 'program', memory);

    expect(first.wanted.size).toBeGreaterThan(20);
    expect(second).toEqual(first);
    expect(memory.hits()).toBe(1);
  });

  it.each<[string, (repository: ScratchRepository) => string | undefined]>([
    [
      'a byte of a topology',
      (repository) => {
        repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.3]');
        return undefined;
      },
    ],
    [
      "a topology's name",
      (repository) => {
        repository.write('topologies/other.yaml', repository.read('topologies/dci.yaml'));
        repository.remove('topologies/dci.yaml');
        return undefined;
      },
    ],
    [
      "a component of the user's that comes",
      (repository) => {
        repository.write('overlays/dci/custom/kustomization.yaml', 'kind: Component\n');
        return undefined;
      },
    ],
    ['the program', () => 'another program'],
  ])('is made anew after a change of %s', async (_, change) => {
    const repository = scratchRepository();
    const memory = countedMemory();
    await read(repository, 'program', memory);

    const programIdentity = change(repository) ?? 'program';
    const seen = await read(repository, programIdentity, memory);

    expect(memory.hits()).toBe(0);
    expect(seen).toEqual(await read(repository, programIdentity, countedMemory()));
  });

  it('is not kept when it has errors', async () => {
    const repository = scratchRepository();
    repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: bird');
    const memory = countedMemory();

    await read(repository, 'program', memory);
    const { rendered, wanted } = await read(repository, 'program', memory);

    expect(memory.hits()).toBe(0);
    expect(rendered.hasErrors).toBe(true);
    expect(wanted.size).toBe(0);
  });
});
