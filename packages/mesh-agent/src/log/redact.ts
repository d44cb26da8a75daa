import type { Issue } from '@meshrs/strict-yaml';

const hidden = '[hidden]';
const secretKey = /pass(word|wd)?$|_pw$|token|secret|licen[cs]e|authorization|private|credential/i;

/**
 * A function that hides secrets in what is about to be logged or shown: values of keys that name a secret, and the
 * given secrets wherever they stand in a text. It returns copies.
 */
export function createRedaction(secrets: readonly string[]): (value: unknown) => unknown {
  // Shorter texts would hide ordinary words.
  const known = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return known.reduce((text, secret) => text.replaceAll(secret, hidden), value);
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        secretKey.test(key) && entry !== null ? hidden : redact(entry),
      ]),
    );
  };
  return redact;
}

/** What stands behind such a word in a router's configuration is a secret: `neighbor 192.0.2.1 password SECRET`. */
const secretOfLine = /\b(password|passwd|secret|key|key-string|md5|authentication-key)\s+\S.*$/i;

/** A line of a router's configuration without the secret that it may have. */
export function withoutSecretOfLine(line: string): string {
  return line.replace(secretOfLine, (_, word: string) => `${word} ${hidden}`);
}

/** What is said of a key, and of a value that is not there, repeats no value. */
const withoutValue: readonly string[] = ['unknown-key', 'missing-key'];

/** An issue about a value that names a secret, without that value: its message and hint may repeat it. */
export function withoutSecret<Code extends string>(issue: Issue<Code>): Issue<Code> {
  // Where the key stands is not known here: it may be a secret that lacks its quotes.
  if (issue.code === 'yaml-duplicate-key') {
    return { ...issue, message: 'A key stands twice in one mapping.', seen: hidden };
  }
  const isAboutValue = !withoutValue.includes(issue.code);
  // What stands below such a key may be all of it the secret.
  const path = isAboutValue ? issue.path : issue.path.slice(0, -1);
  if (!path.some((part) => typeof part === 'string' && secretKey.test(part))) return issue;
  return {
    ...issue,
    message: 'The value here is not right; it is not shown, because it is a secret.',
    seen: hidden,
    hint: issue.code === 'unquoted' ? 'write it in quotes' : 'correct the value',
  };
}
