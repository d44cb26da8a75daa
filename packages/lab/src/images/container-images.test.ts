import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from './container-images.ts';

const repository = join(import.meta.dirname, '../../../..');

describe("what the agent's image is made of", () => {
  it('is every package of the workspace that the agent depends on, directly or not', () => {
    const packages = bundledPackages(repository, 'mesh-agent');
    // The agent depends on contract, and contract on network.
    expect(packages).toEqual(expect.arrayContaining(['mesh-agent', 'contract', 'network']));
    expect(packages.filter((name) => !existsSync(join(repository, 'packages', name, 'src')))).toEqual([]);
  });
});
