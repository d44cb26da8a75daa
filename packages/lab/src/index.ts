export { labDown, type DownOptions } from './commands/down.ts';
export { labTest, type TestOptions } from './commands/test.ts';
export { labUp, type UpOptions } from './commands/up.ts';
export { LabFailure, type LabFailureCode } from './failure.ts';
export type { LabTerminal } from './terminal.ts';
