// Makes dist/mesh-agent: one file that runs by itself where a Node 24 is on PATH or where this repository lies.
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import * as esbuild from 'esbuild';
import { writeBuildRecord } from './build-record.ts';

const here = import.meta.dirname;
const output = path.join(here, 'dist/mesh-agent');

/**
 * `import { z } from 'zod'` takes the whole library with every language of its messages; as a namespace the bundle has
 * what is used alone. Measured: 450 KB and 7 MiB of memory less.
 */
const zodAsNamespace: esbuild.Plugin = {
  name: 'zod-as-namespace',
  setup: (build) => {
    build.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      return { loader: 'ts', contents: source.replace(/^import \{ z \} from 'zod';$/m, "import * as z from 'zod';") };
    });
  },
};

/**
 * Parts of libraries that this program never reaches, each with what loading it costs: pino's transports in worker
 * threads; prom-client's cluster, push gateway and process metrics. Whoever reaches one all the same is told so.
 */
const unreached: esbuild.Plugin = {
  name: 'unreached',
  setup: (build) => {
    build.onLoad(
      {
        filter:
          /\/(thread-stream\/index|pino\/lib\/transport|prom-client\/lib\/(cluster|pushgateway|defaultMetrics))\.js$/,
      },
      ({ path: file }) => ({
        loader: 'js',
        contents: `module.exports = class { constructor() { throw new Error(${JSON.stringify(`${path.basename(file)} is not part of this bundle; see packages/mesh-agent/build.ts`)}); } };`,
      }),
    );
  },
};

/**
 * What pino remembers of the process that loads it, which for a startup snapshot is the one that built the image. The
 * agent uses none of it; were it kept, no image would be the same twice.
 */
const pinoMemory: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'pino.js': [
    ['const { pid } = process', 'const pid = undefined'],
    ['os.hostname()', 'undefined'],
  ],
  'time.js': [
    ['BigInt(Date.now())', '0n'],
    ['const startHrTime = process.hrtime.bigint()', 'const startHrTime = 0n'],
  ],
  'tools.js': [["const { isMainThread } = require('worker_threads')", 'const isMainThread = true']],
};
const pinoWithoutMemory: esbuild.Plugin = {
  name: 'pino-without-memory',
  setup: (build) => {
    build.onLoad({ filter: /\/pino\/(pino|lib\/time|lib\/tools)\.js$/ }, async ({ path: file }) => {
      let source = await readFile(file, 'utf8');
      for (const [remembered, replacement] of pinoMemory[path.basename(file)] ?? []) {
        if (!source.includes(remembered))
          throw new Error(`${file} does not say "${remembered}" any more; look what it remembers`);
        source = source.replace(remembered, replacement);
      }
      return { loader: 'js', contents: source };
    });
  },
};

const { version } = JSON.parse(await readFile(path.join(here, 'package.json'), 'utf8')) as { version: string };
await mkdir(path.join(here, 'dist'), { recursive: true });
// Node takes a file without an extension for what the nearest package.json says; this one is CommonJS.
await writeFile(path.join(here, 'dist/package.json'), '{"type":"commonjs"}\n');
const draft = `${output}.new`;
const { metafile } = await esbuild.build({
  metafile: true,
  absWorkingDir: here,
  entryPoints: ['src/main.ts'],
  outfile: draft,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // A startup snapshot has no import(): what is loaded late is a require.
  supported: { 'dynamic-import': false },
  minify: true,
  legalComments: 'none',
  // The same library as modules, of which what nobody uses stays away; its build for Node comes whole.
  alias: { yaml: path.join(here, 'node_modules/yaml/browser/index.js') },
  define: { MESHRS_VERSION: JSON.stringify(version) },
  plugins: [
    zodAsNamespace,
    unreached,
    pinoWithoutMemory,
    // What is in the bundle, for the image's list of materials.
    cyclonedxEsbuildPlugin({ outputFile: 'mesh-agent.cdx.json', outputReproducible: true, mcType: 'application' }),
  ],
});
const [bundle] = Object.values(metafile.outputs);
const languageBytes = Object.entries(bundle?.inputs ?? {})
  .filter(([file]) => file.includes('/zod/v4/locales/'))
  .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
if (languageBytes > 20_000) {
  throw new Error(
    `The bundle holds ${String(languageBytes)} bytes of zod's languages, which every agent keeps in memory; English alone is 4000. Something uses a namespace within zod's as a value: look for "z.core.", and write what z has itself, as z.ZodError.`,
  );
}
const launcher = await readFile(path.join(here, 'launcher.sh'), 'utf8');
await writeFile(draft, `${launcher}${await readFile(draft, 'utf8')}`);
await chmod(draft, 0o755);
// A program that runs goes on with the file that it was started from.
await rename(draft, output);
// Last: a program whose record is not its own is refused.
writeBuildRecord(path.join(here, 'dist/built-from.json'), here, [
  ...Object.keys(metafile.inputs),
  ...['build.ts', 'launcher.sh', 'package.json'],
]);
