import { defaultLogLevel, type LogLevel } from '@meshrs/contract';
import { pino } from 'pino';
import { createRecentLines } from './recent-lines.ts';
import { logEvents, type LogEvent } from './events.ts';
import { createRedaction } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** The agent's log: one event, one fixed message, fields. */
export interface Log {
  debug(event: LogEvent, fields?: LogFields): void;
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}

/** The log with what an operator may do with it while the agent runs. */
export interface AgentLog extends Log {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
  /** The last lines that were written, oldest first. */
  recent(): readonly string[];
}

/** A log that writes one JSON line an event. `secrets` are texts that no line may contain. */
export function createLog(options: {
  readonly write: (line: string) => void;
  readonly secrets: readonly string[];
  /** Fields of every line. */
  readonly base: LogFields;
}): AgentLog {
  const redact = createRedaction(options.secrets);
  const recent = createRecentLines();
  let level = defaultLogLevel;
  const logger = pino(
    {
      level,
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    {
      write: (line: string) => {
        recent.add(line);
        options.write(line);
      },
    },
  );
  const at = (level: LogLevel) => (event: LogEvent, fields?: LogFields) => {
    // Redaction copies plain data; the cast says that a record stays a record.
    logger[level]({ event, ...(redact(fields ?? {}) as LogFields) }, logEvents[event]);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    level: () => level,
    setLevel: (next) => {
      level = next;
      logger.level = next;
    },
    recent: recent.list,
  };
}
