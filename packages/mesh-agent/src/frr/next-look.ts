/** Says when to look at the sessions again although bgpd told nothing. */
export interface NextLook {
  plan(after: { readonly isHeard: boolean; readonly isWaiting: boolean }): void;
  close(): void;
}

/** While something is about to come that nobody tells of. */
const soonMs = 1000;
/** A bgpd that is not heard is asked this often. */
const pollMs = 10_000;

export function createNextLook(look: () => void): NextLook {
  let timer: NodeJS.Timeout | undefined;
  return {
    plan: ({ isHeard, isWaiting }) => {
      clearTimeout(timer);
      timer = isHeard && !isWaiting ? undefined : setTimeout(look, isWaiting ? soonMs : pollMs);
    },
    close: () => {
      clearTimeout(timer);
    },
  };
}
