import json from './tools.json' with { type: 'json' };

/** Commands that Go builds from one module at one version. */
export interface GoBuild {
  /** The module whose version is pinned. */
  readonly module: string;
  /** As Go writes it: `v1.2.3`, or `(devel)` for a program of our own, whose source decides. */
  readonly version: string;
  /** Command, or its path under `.tools/bin` → the package it is built from. Commands with one package are links to one file. */
  readonly commands: Readonly<Record<string, string>>;
  /** Folder, from the repository's root, whose go.mod and go.sum the build uses. Without it: `go install PACKAGE@VERSION`. */
  readonly source?: string;
  /** Variables set by the linker; `{major}`, `{minor}` and `{patch}` are those of `version`. */
  readonly linkerVariables?: Readonly<Record<string, string>>;
  /** Go build tags. */
  readonly tags?: readonly string[];
  /** Arguments with which a command that Go cannot read prints its version. */
  readonly versionArguments?: readonly string[];
  /** Duration of a first build on two cores, shown to the one who waits. */
  readonly expectedSeconds: number;
  readonly why?: string;
}

export interface Pins {
  /** Oldest Go that builds every tool. */
  readonly goMinimum: string;
  /** Name of the build → what it builds. */
  readonly goBuilds: Readonly<Record<string, GoBuild>>;
  /** Command or absolute path → the Debian and Ubuntu package that brings it. Any version that the distribution has will do. */
  readonly debianPackages: Readonly<Record<string, string>>;
  /** Part of the lab → the commands that it needs. */
  readonly labTargets: Readonly<Record<string, readonly string[]>>;
  readonly frr: FrrPin;
  /** Folder under `schemas/` → the module that its JSON schemas are made from. */
  readonly schemaSets: Readonly<Record<string, SchemaSetPin>>;
}

/** A module whose API is turned into JSON schemas, at its own version or at the one of a build. */
export interface SchemaSetPin {
  /** Which kinds are taken, and where in the module they stand: see schema-kinds.ts. */
  readonly kind: string;
  readonly module: string;
  readonly version?: string;
  readonly versionOf?: string;
  readonly why?: string;
}

/** The FRR of the tests: the machine's own when it is new enough, else the one of a Debian suite that moves. */
export interface FrrPin {
  readonly minimum: string;
  readonly debianSuite: string;
  readonly packages: readonly string[];
  readonly expectedSeconds: number;
  readonly why?: string;
}

/** What packages/tools/src/tools.json says. */
export const pins: Pins = json;

/** Where a command comes from. */
export type ToolSource =
  | { readonly kind: 'go-build'; readonly command: string; readonly name: string; readonly build: GoBuild }
  | { readonly kind: 'debian-package'; readonly command: string; readonly package: string };

export function findTool(command: string, pins: Pins): ToolSource | undefined {
  for (const [name, build] of Object.entries(pins.goBuilds)) {
    if (command in build.commands) return { kind: 'go-build', command, name, build };
  }
  const package_ = pins.debianPackages[command];
  return package_ === undefined ? undefined : { kind: 'debian-package', command, package: package_ };
}

export function allCommands(pins: Pins): string[] {
  const built = Object.values(pins.goBuilds).flatMap((build) => Object.keys(build.commands));
  return [...built, ...Object.keys(pins.debianPackages)].sort();
}
