import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  it.each([
    ['init', { kind: 'init' }],
    ['sidecar', { kind: 'sidecar' }],
    ['drain', { kind: 'drain' }],
    ['drain --by alice', { kind: 'drain', by: 'alice' }],
    ['drain --force --by bob', { kind: 'drain', by: 'bob', isForced: true }],
    ['undrain', { kind: 'undrain' }],
    ['evictions list', { kind: 'list-evictions' }],
    ['evictions clear', { kind: 'clear-evictions', which: 'all' }],
    ['evictions clear 2001:DB8::7', { kind: 'clear-evictions', which: '2001:db8::7' }],
    ['log-level', { kind: 'log-level' }],
    ['log-level debug', { kind: 'log-level', level: 'debug' }],
    ['debug', { kind: 'debug' }],
    ['debug /tmp/one.tar.gz', { kind: 'debug', file: '/tmp/one.tar.gz' }],
    [
      'close-turn --turn m.n --budget m:maxUnavailable=1@420',
      {
        kind: 'close-turn',
        closes: {
          name: 'm.n',
          budget: { name: 'm', field: 'maxUnavailable', value: '1', heldSeconds: 420 },
          takesOver: false,
        },
      },
    ],
    ['--version', { kind: 'version' }],
    ['--help', { kind: 'help' }],
    ['drain --help', { kind: 'help', of: 'drain' }],
    ['-h evictions clear', { kind: 'help', of: 'evictions' }],
    ['nothing --help', { kind: 'help' }],
    ['drain --by=-x', { kind: 'drain', by: '-x' }],
  ])('%s', (line, command) => {
    expect(parseArguments(line.split(' '))).toEqual({ ok: true, command, root: '/' });
  });

  it('leaves the arguments of the gate to the gate', () => {
    expect(parseArguments(['gate', '--next=b', '--root', '/tmp'])).toEqual({
      ok: true,
      command: { kind: 'gate', args: ['--next=b', '--root', '/tmp'] },
      root: '/',
    });
    expect(parseArguments(['gate', '--help'])).toMatchObject({ command: { kind: 'help', of: 'gate' } });
    expect(parseArguments(['gate', '--next=b', '-h'])).toMatchObject({ command: { kind: 'help', of: 'gate' } });
    expect(parseArguments(['--root', '/tmp', 'gate'])).toMatchObject({ ok: false });
    expect(parseArguments(['removal-gate', '--turn=x'])).toMatchObject({
      command: { kind: 'removal-gate', args: ['--turn=x'] },
    });
    expect(parseArguments(['removal-gate', '-h'])).toMatchObject({ command: { kind: 'help', of: 'removal-gate' } });
  });

  it('takes a folder in place of /', () => {
    expect(parseArguments(['sidecar', '--root', '/tmp/pod'])).toMatchObject({ ok: true, root: '/tmp/pod' });
  });

  it.each([
    [
      '',
      'One of the following arguments required: init, sidecar, drain, undrain, evictions, log-level, debug, gate, removal-gate, close-turn. See mesh-agent --help.',
    ],
    [
      'sidcar',
      'Invalid argument: sidcar. Did you mean sidecar? Allowed: init, sidecar, drain, undrain, evictions, log-level, debug, gate, removal-gate, close-turn.',
    ],
    [
      'close-turn',
      'close-turn needs a turn and a budget: mesh-agent close-turn --turn NAME --budget NAME:FIELD=VALUE@SECONDS. See mesh-agent --help.',
    ],
    ['close-turn now', 'close-turn takes no further arguments; seen: now.'],
    ['drain --turn x', '--turn, --budget and --take-over say what close-turn closes. See mesh-agent --help.'],
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

  it.each([
    [
      'sidecar --interface 1',
      [
        'There is no option --interface. Allowed: --root, --by, --force, --turn, --budget, --take-over, --version, --help.',
      ],
    ],
    [
      'drain --bye alice',
      [
        'There is no option --bye. Did you mean --by? Allowed: --root, --by, --force, --turn, --budget, --take-over, --version, --help.',
      ],
    ],
    [
      'drain -x',
      ['There is no option -x. Allowed: --root, --by, --force, --turn, --budget, --take-over, --version, --help.'],
    ],
    ['drain --by', ['--by needs a value.']],
    ['drain --by=', ['--by needs a value.']],
    ['drain --by --root /tmp', ['--by needs a value; seen: --root. Write --by=--root where that is meant.']],
    ['drain --help=no', ['--help takes no value; seen: no.']],
    [
      'drain --wait --now',
      [
        'There is no option --wait. Allowed: --root, --by, --force, --turn, --budget, --take-over, --version, --help.',
        'There is no option --now. Allowed: --root, --by, --force, --turn, --budget, --take-over, --version, --help.',
      ],
    ],
  ])('refuses in words of ours: %s', (line, problems) => {
    expect(parseArguments(line.split(' '))).toEqual({
      ok: false,
      message: [...problems, 'See mesh-agent --help.'].join('\n'),
    });
  });
});
