import type { DebianPackage } from './local-base.ts';

interface Bom {
  readonly components?: readonly unknown[];
}

/**
 * The image's list of materials (CycloneDX): what the bundler says is in the bundle, by its own plugin, and beside it
 * Node and the base's packages.
 */
export function listMaterials(
  bundleBom: string,
  others: { readonly nodeVersion: string; readonly suite?: string; readonly packages: readonly DebianPackage[] },
): string {
  // Written by the bundler's plugin in the same build; only its list of components is touched.
  const bom = JSON.parse(bundleBom) as Bom;
  const node = {
    type: 'application',
    name: 'node',
    version: others.nodeVersion,
    purl: `pkg:generic/node@${others.nodeVersion}`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  const debian = others.packages.map(({ name, version }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}${others.suite === undefined ? '' : `?distro=${others.suite}`}`,
  }));
  return `${JSON.stringify({ ...bom, components: [...(bom.components ?? []), node, ...debian] }, null, 1)}\n`;
}
