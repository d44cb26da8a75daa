/** A version's numbers, compared one by one; what follows them (`-rc.1`, `+b4`) is left out. */
export type VersionNumbers = readonly [number, number, number];

/** The first `1.2` or `1.2.3` of a text. */
export function findVersion(text: string): VersionNumbers | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

export function isAtLeast(version: VersionNumbers, minimum: VersionNumbers): boolean {
  for (const [index, wanted] of minimum.entries()) {
    const seen = version[index] ?? 0;
    if (seen !== wanted) return seen > wanted;
  }
  return true;
}

/** The numbers of a version that we pinned ourselves. */
export function pinnedVersion(text: string): VersionNumbers {
  const version = findVersion(text);
  if (version === undefined) {
    throw new TypeError(
      `version "${text}" in packages/tools/src/tools.json has no numbers: write it as 1.2.3 or v1.2.3`,
    );
  }
  return version;
}

export function printVersion(version: VersionNumbers): string {
  return version.join('.');
}
