import type { TurnLog } from '@meshrs/mesh-agent/by-hand';

/** What the gate logs, as lines for a person; what the command tells by itself is left out. */
export function sayWhatHappens(say: (line: string) => void): TurnLog {
  return {
    info: (event, fields) => {
      const obstacles = fields?.['obstacles'];
      if (event === 'gate-waiting' && Array.isArray(obstacles)) say(`Waits for: ${obstacles.map(String).join('; ')}`);
      if (event === 'evictions-wait') {
        say(
          `The turn is closed. Evictions wait for ${String(fields?.['seconds'])} s more: a change of just now may still withdraw a VIP.`,
        );
      }
      if (event === 'turn-closing') say(`Closing what is open: ${String(fields?.['was'])}`);
    },
    warn: (event, fields) => {
      if (event === 'gate-warning') say(`Warning: ${String(fields?.['warning'])}`);
      if (event === 'turn-not-asked') say(`Note: ${String(fields?.['note'])}`);
      if (event === 'budget-not-held') {
        const why = fields?.['budget'] === 'absent' ? 'there is none' : 'it is not as generated';
        say(`Warning: the disruption budget is not held, ${why}: an eviction may take a pod of another side.`);
      }
    },
    // A failure of the end is thrown as well.
    error: () => undefined,
  };
}
