import { defaultLogLevel, type LogLevel } from '@meshrs/contract';
import { logLevelResponse } from '../requests/operator-requests.ts';
import { askSidecar } from '../requests/send-request.ts';

/** Sets, or only shows, the level of the sidecar's log. Resolves with the exit code. */
export async function setLogLevel(
  socket: string,
  level: LogLevel | undefined,
  { out, err }: { readonly out: (text: string) => void; readonly err: (text: string) => void },
): Promise<number> {
  const response = await askSidecar(socket, { kind: 'log-level', ...(level && { level }) }, logLevelResponse);
  if (!response.ok) {
    err(`mesh-agent log-level: ${response.message}\n`);
    return 1;
  }
  out(
    level === undefined
      ? `${response.level}\n`
      : `The log level is ${response.level}; it was ${response.before}. A restart of the agent makes it ${defaultLogLevel} again.\n`,
  );
  return 0;
}
