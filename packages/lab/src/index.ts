export { labDown, type DownOptions } from './commands/down.ts';
export { labExec, type ExecOptions } from './commands/exec.ts';
export { labKubeconfig } from './commands/kubeconfig.ts';
export { labLogs, type LogsOptions } from './commands/logs.ts';
export { labStatus, type StatusOptions } from './commands/status.ts';
export { checkNames, labTest, type TestOptions } from './commands/test.ts';
export { labUp, type UpOptions } from './commands/up.ts';
export { LabFailure, type LabFailureCode } from './failure.ts';
export type { LabTerminal } from './terminal.ts';
