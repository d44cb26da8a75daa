import { turnBounds, type TurnState } from '@meshrs/contract';
import { expect, test } from 'vitest';
import { turnEvent } from './turn-event.ts';

const until = '2026-11-27T08:30:00.000Z';
const open: TurnState = { state: 'open', open: 'a', until, by: 'alice', reason: 'work', nodes: [] };

test.each([
  [
    'a side that is opened',
    turnEvent({ state: 'closed' }, { open: 'a', until, by: 'alice', reason: 'routeserver-a-0 hangs' }),
    ['TurnOpened', `Side a may change until ${until}, opened by alice: routeserver-a-0 hangs`],
  ],
  [
    'all sides',
    turnEvent({ state: 'closed' }, { open: 'all', until, by: 'alice', reason: 'fire' }),
    ['TurnOpened', `All sides and what they share may change until ${until}, opened by alice: fire`],
  ],
  [
    'a closing, with what it closed',
    turnEvent(open, { open: 'none', by: 'bob', reason: 'done' }),
    ['TurnClosed', `No side may change, closed by bob: done; it was open for side a, by alice until ${until}: work`],
  ],
  [
    'a closing of what nobody could read',
    turnEvent({ state: 'unknown', why: 'odd' }, { open: 'none', by: 'bob' }),
    ['TurnClosed', 'No side may change, closed by bob: no reason given'],
  ],
])('%s', (_what, event, [reason, message]) => {
  expect(event).toEqual({ reason, message });
});

test('is never longer than a line bears', () => {
  const long = { ...open, by: 'ü'.repeat(turnBounds.by), reason: '€'.repeat(turnBounds.reason) };
  const { message } = turnEvent(long, { open: 'none', by: 'ü'.repeat(turnBounds.by), reason: 'done' });
  expect(message).toHaveLength(1000);
  expect(message).toMatch(/[ü€]…$/);
});
