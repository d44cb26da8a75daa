import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const { metafile } = await build({
  metafile: true,
  entryPoints: { meshrs: 'src/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // Chunks: the program is loaded after the compile cache is on, the prompts only when somebody is asked.
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  legalComments: 'linked',
});

// Chunks of an earlier build go last, so that a meshrs that starts meanwhile finds its own.
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of await readdir('dist')) if (!made.has(name)) await rm(join('dist', name));
