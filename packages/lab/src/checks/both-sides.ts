import { readSessions } from '../clients/sessions.ts';
import { assertNone, type LabCheck } from './check.ts';

export const bothSides: LabCheck = {
  name: 'both-sides',
  title: 'every client has an established session with every side',
  deadlineSeconds: 30,
  run: async ({ lab, plan, topology, connectTo }) => {
    const sessions = await readSessions(lab, plan, topology, connectTo);
    assertNone(
      sessions
        .filter(({ isEstablished }) => !isEstablished)
        .map(({ client, side, state }) => `${client} with side ${side}: ${state}`),
      'sessions are not established',
    );
    const withFrr = plan.clients.filter(({ daemon }) => daemon === 'frr').map(({ name }) => name);
    return {
      facts: [
        `${String(sessions.length)} sessions of ${String(plan.clients.length)} clients; with zebra: ${withFrr.join(', ')}`,
      ],
    };
  },
};
