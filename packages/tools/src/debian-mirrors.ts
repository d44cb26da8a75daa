import { runCommand } from './run-command.ts';
import { findInstalled } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';

/** Addresses of Debian mirrors: the one that the user names, else those of this machine's own apt sources. */
export async function debianMirrors(env: NodeJS.ProcessEnv): Promise<string[]> {
  const chosen = env['MESHRS_DEBIAN_MIRROR'];
  if (chosen !== undefined && chosen !== '') return [chosen];
  if (findInstalled('apt-get', env) === undefined) {
    throw new ToolFailure({
      code: 'no-apt',
      message: 'there is no apt-get here whose sources would name a Debian mirror',
      next: 'use Debian or Ubuntu',
    });
  }
  const targets = await runCommand([
    'apt-get',
    'indextargets',
    '--format',
    '$(RELEASE) $(REPO_URI)',
    'Created-By: Packages',
  ]);
  return mirrorsOf(targets);
}

/** Mirrors of whole distributions: the ones of security updates and of single products hold no other suite. */
export function mirrorsOf(targets: string): string[] {
  const mirrors = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([release = '', address = '']) => address !== '' && !release.endsWith('-security'))
    .map(([, address = '']) => address);
  return [...new Set(mirrors)];
}
