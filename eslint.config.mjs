// @ts-check
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Packages that hold decisions only, data in, data out: those with turborepo's tag `pure`. */
const purePackages = globSync('packages/*/turbo.json', { cwd: import.meta.dirname })
  .filter((path) => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')).tags.includes('pure'))
  .map((path) => dirname(path));

/** fast-check's own size cuts lists at ten entries. */
const fastCheckSize = {
  selector:
    "CallExpression[callee.object.name='fc'] > ObjectExpression:not(:has(> Property[key.name='size'])) > Property[key.name='maxLength'][value.value>10]",
  message: "fast-check stops at 10 whatever maxLength says: add size: 'max', or a maxLength that is meant.",
};

/** Each has a function of more than 80 lines, with "Long:" and the reason above it. */
const longFunctions = [
  'packages/mesh-agent/src/drain/drain-runner.ts',
  'packages/mesh-agent/src/hold/hold-keeper.ts',
  'packages/mesh-agent/src/http/metrics.ts',
  'packages/mesh-agent/src/reconcile/mesh-groups.ts',
  'packages/mesh-agent/src/sidecar-parts.ts',
  'packages/mesh-agent/src/sources/kubernetes/api-client.ts',
  'packages/router-config/src/frr/running-config.ts',
];

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    '.tools/',
    '.lab/',
    '.turbo/',
    'base/',
    'overlays/',
    'clusters/',
    'routers/',
    'schemas/',
  ]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: purePackages.map((folder) => `${folder}/**/*.ts`),
    rules: {
      'no-restricted-syntax': ['error', fastCheckSize],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts', ...longFunctions],
    rules: {
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true, IIFEs: true }],
    },
  },
  {
    files: purePackages.map((folder) => `${folder}/src/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^node:',
              message:
                'A pure package does no I/O: take the value as an argument, and call Node in cli, mesh-agent or lab.',
            },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          ...['process', 'Buffer', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'console', 'performance'],
          // The way round all names here, and what knows the place and the language.
          ...['globalThis', 'global', 'crypto', 'navigator', 'Intl'],
        ].map((name) => ({
          name,
          message: 'A pure package sees nothing of the world: take what is needed as an argument.',
        })),
        { name: 'Date', message: 'A pure package has no clock: take the time as an argument.' },
      ],
      'no-restricted-syntax': [
        'error',
        fastCheckSize,
        {
          selector: 'ImportExpression[source.value=/^node:/]',
          message: 'A pure package does no I/O: take the value as an argument.',
        },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'A pure package gives the same result every time: take a source of randomness as an argument.',
        },
      ],
    },
  },
  {
    // Its folder schemas/ runs after the packages are there, and may use them.
    files: ['packages/tools/src/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: String.raw`^(?!node:|\./[\w-]+\.(ts|json)$)`,
              message: 'It runs before pnpm install: import node: modules and files of this folder only.',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'It runs before pnpm install: import at the top, where lint looks.' },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/test-kit/**', '**/*.test.ts', '**/*.test-support.ts'],
    rules: {
      // The rule of the base has another list above.
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^@meshrs/test-kit', message: 'The test kit is for tests: nothing that ships needs it.' },
          ],
        },
      ],
    },
  },
);
