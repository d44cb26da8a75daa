export interface CheckCommandOptions {
  readonly json: boolean;
  readonly allowBothSides: boolean;
  readonly allowRemoval: boolean;
  readonly base: string | undefined;
  readonly junit: string | undefined;
  readonly summary: string | undefined;
}
