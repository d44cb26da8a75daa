/** Argo CD's patterns of API groups and of destinations: "*", "?" and "{one,other}". */
export function globOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll(/\{([^{}]*)\}/g, (_, inside: string) => `(?:${inside.replaceAll(',', '|')})`)
    .replaceAll(/[{}]/g, String.raw`\$&`);
  return new RegExp(`^${source}$`, 's');
}
