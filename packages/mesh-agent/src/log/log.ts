import { pino } from 'pino';
import { logEvents, type LogEvent } from './events.ts';
import { createRedaction } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** The agent's log: one event, one fixed message, fields. */
export interface Log {
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}

/** A log that writes one JSON line an event. `secrets` are texts that no line may contain. */
export function createLog(options: {
  readonly write: (line: string) => void;
  readonly secrets: readonly string[];
  /** Fields of every line. */
  readonly base: LogFields;
}): Log {
  const redact = createRedaction(options.secrets);
  const logger = pino(
    {
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: options.write },
  );
  const at = (level: 'info' | 'warn' | 'error') => (event: LogEvent, fields?: LogFields) => {
    // Redaction copies plain data; the cast says that a record stays a record.
    logger[level]({ event, ...(redact(fields ?? {}) as LogFields) }, logEvents[event]);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
