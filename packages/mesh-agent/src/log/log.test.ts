import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';

describe('createLog', () => {
  it('writes an event as one JSON line with its fixed message and its fields', () => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line), secrets: ['s3cret-licence'], base: { pod: 'rs-a-0' } });
    log.warn('source-doubted', { group: 'CORE', message: 'for s3cret-licence' });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      event: 'source-doubted',
      pod: 'rs-a-0',
      group: 'CORE',
      message: 'for [hidden]',
      msg: 'The source of a mesh group gives no usable answer; the last good set of peers stays.',
    });
    expect(lines[0]).toMatch(/\n$/);
  });
});
