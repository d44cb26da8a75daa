import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  it.each([
    ['init', { kind: 'init' }],
    ['sidecar', { kind: 'sidecar' }],
    ['drain', { kind: 'drain' }],
    ['drain --by alice', { kind: 'drain', by: 'alice' }],
    ['undrain', { kind: 'undrain' }],
    ['evictions list', { kind: 'list-evictions' }],
    ['evictions clear', { kind: 'clear-evictions', which: 'all' }],
    ['evictions clear 2001:DB8::7', { kind: 'clear-evictions', which: '2001:db8::7' }],
    ['log-level', { kind: 'log-level' }],
    ['log-level debug', { kind: 'log-level', level: 'debug' }],
    ['debug', { kind: 'debug' }],
    ['debug /tmp/one.tar.gz', { kind: 'debug', file: '/tmp/one.tar.gz' }],
    ['--version', { kind: 'version' }],
    ['--help', { kind: 'help' }],
  ])('%s', (line, command) => {
    expect(parseArguments(line.split(' '))).toEqual({ ok: true, command, root: '/' });
  });

  it('leaves the arguments of the gate to the gate', () => {
    expect(parseArguments(['gate', '--next=b', '--root', '/tmp'])).toEqual({
      ok: true,
      command: { kind: 'gate', args: ['--next=b', '--root', '/tmp'] },
      root: '/',
    });
    expect(parseArguments(['gate', '--help'])).toMatchObject({ command: { kind: 'help' } });
    expect(parseArguments(['--root', '/tmp', 'gate'])).toMatchObject({ ok: false });
  });

  it('takes a folder in place of /', () => {
    expect(parseArguments(['sidecar', '--root', '/tmp/pod'])).toMatchObject({ ok: true, root: '/tmp/pod' });
  });

  it.each([
    [
      '',
      'One of the following arguments required: init, sidecar, drain, undrain, evictions, log-level, debug, gate. See mesh-agent --help.',
    ],
    [
      'sidcar',
      'Invalid argument: sidcar. Did you mean sidecar? Allowed: init, sidecar, drain, undrain, evictions, log-level, debug, gate.',
    ],
    ['init now', 'init takes no further arguments; seen: now.'],
    ['log-level warning', 'Invalid level: warning. Allowed: debug, info, warn, error.'],
    ['log-level warn now', 'log-level LEVEL takes no further arguments; seen: now.'],
    ['debug a b', 'debug FILE takes no further arguments; seen: b.'],
    ['evictions', 'evictions needs one of: list, clear. See mesh-agent --help.'],
    ['evictions clean', 'Invalid argument of evictions: clean. Did you mean clear? Allowed: list, clear.'],
    [
      'evictions clear rs-a',
      'evictions clear: "rs-a" is no IPv4 or IPv6 address. "mesh-agent evictions list" shows the addresses; without one all are cleared.',
    ],
  ])('refuses "%s"', (line, message) => {
    expect(parseArguments(line.split(' ').filter((word) => word !== ''))).toEqual({ ok: false, message });
  });

  it('refuses an option that does not exist', () => {
    const parsed = parseArguments(['sidecar', '--port', '1']);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining("'--port'") as string });
  });
});
