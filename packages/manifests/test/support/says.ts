import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** What a finding tells its reader, part by part. */
interface Told {
  readonly message: string;
  readonly seen?: string;
  readonly allowed?: string;
  readonly hint?: string;
}

/** A finding as a golden has it. */
export function says(place: string, { message, seen, allowed, hint }: Told): string {
  const parts = Object.entries({ seen, allowed, do: hint }).filter(([, text]) => text !== undefined);
  return [place, message, ...parts.map(([part, text]) => `${part}: ${text ?? ''}`)].join('\n  ');
}

/** Holds what findings say against test/<file>. */
export function expectGolden(file: string, said: readonly string[]): void {
  const golden = join(import.meta.dirname, '..', file);
  const text = `${said.join('\n\n')}\n`;
  // Read the diff of an update line by line: it assumes that the code is right.
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
}
