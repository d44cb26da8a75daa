import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');

/** Words that messages, documents and names do not use, and what stands in their place (docs/glossary.md). */
const refused: readonly { readonly word: RegExp; readonly use: string; readonly butIn?: RegExp }[] = [
  { word: /side by side/i, use: 'one side at a time; of several at once: together' },
  { word: /\bmend(s|ed|ing)?\b/i, use: 'fix; repair, for what a program does by itself' },
  { word: /\bh[au]ngs? on\b/i, use: 'is attached to' },
  { word: /\bis wanted here\b/i, use: 'Expected a …, found a …' },
  { word: /\bmostly\b/i, use: 'usually' },
  {
    word: /\b([Oo]ne|two|three)( (?!of\b|behind\b)[\w-]+)? an? (VIP|side|fleet|cluster|family|line|kind|engine|router position|position|group|row|replica|pod|route server)\b/,
    use: 'per VIP, per side, …',
  },
  { word: /strangers?\b/i, use: 'undeclared peer or client' },
  { word: /\bbeliev(e|es|ed|ing)\b|\bbelief\b/i, use: 'accept' },
  { word: /judg(e|es|ed|ing|ements?|ments?)(?![a-z])|\bjudge[A-Z]/i, use: 'validate, or decide' },
  // Keys that users write are spelt out.
  { word: /\b(?!receive|transmit)[a-z]\w*Milliseconds\b/, use: 'Ms at the end of a name' },
  {
    word: /[lL]etThrough/,
    use: 'allowMissing',
    // The old key is still read.
    butIn:
      /^packages\/topology\/(src\/(schema\/gitops|fleet|checks\/clients)\.ts|test\/(schema\.test\.ts|invalid\/key-renamed\.))/,
  },
];

/** Decision records are history; the glossary names the words; the other two are this test and what others wrote. */
const left =
  /^(docs\/decisions\/|docs\/glossary\.md$|scripts\/words\.test\.ts$|scripts\/go\/|LICENSE$|pnpm-lock\.yaml$)/;
const read = /\.(ts|mjs|md|ya?ml|txt|json|sh)$|^scripts\/[^.]+$|^\.ci\/run$/;
const generated = /^(base|overlays|clusters|routers|schemas)\/|\/expected\//;

/** The places of a text that use a word, each with the word to use instead. */
function refusedWords(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    refused.flatMap(({ word, use, butIn }) => {
      const found = butIn?.test(file) === true ? undefined : word.exec(line)?.[0];
      return found === undefined ? [] : [`${file}:${String(index + 1)}: "${found}": ${use}`];
    }),
  );
}

describe('words', () => {
  it.each([
    ['Argo CD changes them side by side.', 'one side at a time'],
    ['Mend the agent first.', 'fix'],
    ['Node kube2 hangs on dc1-border1.', 'is attached to'],
    ['A mapping is wanted here, not a text.', 'Expected a'],
    ['Mostly one of the two is a typing error.', 'usually'],
    ['one address a VIP', 'per VIP'],
    ['One a router position: two routers of one node need two.', 'per VIP'],
    ['export function judgeGate() {}', 'decide'],
    ['const timeoutMilliseconds = 5;', 'Ms'],
    ['name them in gitops.gate.letThrough', 'allowMissing'],
  ])('refuses %j', (text, use) => {
    expect(refusedWords('sample.ts', text).join()).toContain(use);
  });

  it.each(['a VIP of side a', 'amendment', 'a session a client has', 'receiveMilliseconds: 150', '10 milliseconds'])(
    'lets %j be',
    (text) => {
      expect(refusedWords('sample.ts', text)).toEqual([]);
    },
  );

  it('that the glossary leaves out stand in no source and no document', () => {
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: repository,
      encoding: 'utf8',
    }).split('\n');
    const places = files
      .filter((file) => read.test(file) && !left.test(file) && !generated.test(file))
      .filter((file) => existsSync(join(repository, file)))
      .flatMap((file) => refusedWords(file, readFileSync(join(repository, file), 'utf8')));

    expect(places).toEqual([]);
  });
});
