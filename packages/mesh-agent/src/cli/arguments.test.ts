import { describe, expect, it } from 'vitest';
import { parseGateArguments, parseRemovalArguments } from '../gate/arguments.ts';
import { parseArguments } from './arguments.ts';
import { commandUsages } from './usage.ts';

describe('parseArguments', () => {
  it.each([
    ['init', { kind: 'init' }],
    ['sidecar', { kind: 'sidecar' }],
    ['drain', { kind: 'drain' }],
    ['drain --by alice', { kind: 'drain', by: 'alice' }],
    ['drain --force --by bob', { kind: 'drain', by: 'bob', isForced: true }],
    ['undrain', { kind: 'undrain' }],
    ['evictions list', { kind: 'list-evictions' }],
    ['evictions clear', { kind: 'clear-evictions' }],
    ['evictions clear --all', { kind: 'clear-evictions', which: 'all' }],
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
    ['help', { kind: 'help' }],
    ['help drain', { kind: 'help', of: 'drain' }],
    ['help gate', { kind: 'help', of: 'gate' }],
    ['help --help', { kind: 'help' }],
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
      'Invalid argument: sidcar. Did you mean sidecar? Allowed: init, sidecar, drain, undrain, evictions, log-level, debug, gate, removal-gate, close-turn, help.',
    ],
    [
      'drian --by alice --bye',
      'Invalid argument: drian. Did you mean drain? Allowed: init, sidecar, drain, undrain, evictions, log-level, debug, gate, removal-gate, close-turn, help.',
    ],
    [
      'help drian',
      'Invalid command: drian. Did you mean drain? Allowed: init, sidecar, drain, undrain, evictions, log-level, debug, gate, removal-gate, close-turn.',
    ],
    ['help drain now', 'help COMMAND takes no further arguments; seen: now.'],
    ['evictions list --all', 'evictions list shows all; --all is for evictions clear.'],
    ['evictions clear 192.0.2.1 --all', 'evictions clear takes 192.0.2.1 or --all, and not both.'],
    [
      'close-turn',
      'close-turn needs a turn and a budget: mesh-agent close-turn --turn NAME --budget NAME:FIELD=VALUE@SECONDS. See mesh-agent --help.',
    ],
    ['close-turn now', 'close-turn takes no further arguments; seen: now.'],
    ['init now', 'init takes no further arguments; seen: now.'],
    ['log-level warning', 'Invalid level: warning. Allowed: debug, info, warn, error.'],
    ['log-level warn now', 'log-level LEVEL takes no further arguments; seen: now.'],
    ['debug a b', 'debug FILE takes no further arguments; seen: b.'],
    ['evictions', 'evictions needs one of: list, clear. See mesh-agent --help.'],
    ['evictions clean', 'Invalid argument of evictions: clean. Did you mean clear? Allowed: list, clear.'],
    [
      'evictions clear rs-a',
      'evictions clear: "rs-a" is no IPv4 or IPv6 address. "mesh-agent evictions list" shows the addresses; --all clears all.',
    ],
  ])('refuses "%s"', (line, message) => {
    expect(parseArguments(line.split(' ').filter((word) => word !== ''))).toEqual({ ok: false, message });
  });

  it.each([
    ['sidecar --interface 1', ['There is no option --interface. Allowed: --root, --version, --help.']],
    ['--bye', ['There is no option --bye. Allowed: --root, --version, --help.']],
    [
      'drain --bye alice',
      ['There is no option --bye. Did you mean --by? Allowed: --root, --by, --force, --version, --help.'],
    ],
    ['undrain --bye', ['There is no option --bye. Allowed: --root, --version, --help.']],
    [
      'evictions clear --al',
      ['There is no option --al. Did you mean --all? Allowed: --root, --all, --version, --help.'],
    ],
    ['undrain --force', ['--force is an option of mesh-agent drain, and not of undrain.']],
    ['drain --turn x', ['--turn is an option of mesh-agent close-turn, and not of drain.']],
    ['--by alice', ['--by is an option of mesh-agent drain.']],
    ['drain -x', ['There is no option -x. Allowed: --root, --by, --force, --version, --help.']],
    ['drain --by', ['--by needs a value.']],
    ['drain --by=', ['--by needs a value.']],
    ['drain --by --root /tmp', ['--by needs a value; seen: --root. Write --by=--root where that is meant.']],
    ['drain --help=no', ['--help takes no value; seen: no.']],
    [
      'drain --wait --now',
      [
        'There is no option --wait. Allowed: --root, --by, --force, --version, --help.',
        'There is no option --now. Allowed: --root, --by, --force, --version, --help.',
      ],
    ],
  ])('refuses in words of ours: %s', (line, problems) => {
    expect(parseArguments(line.split(' '))).toEqual({
      ok: false,
      message: [...problems, 'See mesh-agent --help.'].join('\n'),
    });
  });
});

describe('the help of a command', () => {
  it('has each option of a gate, and of a removal gate', () => {
    for (const [name, parse] of [
      ['gate', parseGateArguments],
      ['removal-gate', parseRemovalArguments],
    ] as const) {
      const parsed = parse(['--no-such-option']);
      const [problem = ''] = parsed.ok ? [] : parsed.problems;
      const allowed = problem.match(/--[a-z-]+/g)?.filter((option) => option !== '--no-such-option') ?? [];
      expect(allowed.length).toBeGreaterThan(8);
      expect(allowed.filter((option) => !new RegExp(`${option}\\b(?!-)`).test(commandUsages[name]))).toEqual([]);
    }
  });
});
