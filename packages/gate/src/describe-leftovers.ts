/** An object of a side that is to be deleted: "StatefulSet routeserver-b2". */
export interface DescribedLeftover {
  readonly side: string;
  readonly what: string;
}

const mostNamed = 5;

/** What is to be deleted of the first side, and that another side has to wait; one of them at least. */
export function describeLeftovers(leftovers: readonly DescribedLeftover[]): string {
  const sides = [...new Set(leftovers.map(({ side }) => side))];
  const [side = '', ...later] = sides;
  const own = leftovers.filter((each) => each.side === side).map(({ what }) => what);
  const more = own.length > mostNamed ? ` and ${String(own.length - mostNamed)} more` : '';
  const named = `${own.slice(0, mostNamed).join(', ')}${more}`;
  return [
    `No commit names any more, of side ${side}: ${named}.`,
    ...(later.length === 0
      ? []
      : [`What side ${later.join(' and ')} has of that kind is refused in this sync, and deleted by its next try.`]),
  ].join(' ');
}
