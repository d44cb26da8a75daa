export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** "v1.30.4+k3s1", "0.16.2", "v3.2.11-abc"; undefined for what is no version, such as "latest" or a digest. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})(?:[.+-].*)?$/s.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** The tag of an image that is a version: "v0.16.2" of "quay.io/metallb/speaker:v0.16.2@sha256:…". */
export function versionTag(image: string): string | undefined {
  const [named = ''] = image.split('@');
  const tag = named.slice(named.lastIndexOf('/') + 1).split(':')[1];
  return tag !== undefined && parseVersion(tag) ? tag : undefined;
}

export function isOlder(one: Version, other: Version): boolean {
  return one.major < other.major || (one.major === other.major && one.minor < other.minor);
}
