import type { Built } from '@meshrs/manifests/built';

/** An object before and after; `after` is undefined when it is gone. */
export interface Pair<View> {
  readonly id: string;
  readonly before: View;
  readonly after: View | undefined;
}

/** Every object that was there before, with what has become of it. */
export function pairs<View>(before: readonly Built<View>[], after: readonly Built<View>[]): Pair<View>[] {
  const byId = new Map(after.map(({ id, view }) => [id, view]));
  return before.map(({ id, view }) => ({ id, before: view, after: byId.get(id) }));
}
