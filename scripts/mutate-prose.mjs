// A plugin of StrykerJS: words that only people read, on pages that are made from the code. `scripts/generate --check`
// compares the pages, so that a change of the words is seen there.
const words = new Set(['title', 'why', 'description', 'generates']);

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'prose',
    value: {
      shouldIgnore: ({ node, parent }) =>
        node.type === 'StringLiteral' && parent.type === 'ObjectProperty' && words.has(parent.key.name)
          ? 'words of a generated page'
          : undefined,
    },
  },
];
